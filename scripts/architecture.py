# Chooses the processor that `make deploy` builds the functions for, before the build, and checks the result after it.
#
#   architecture.py chosen                prints the choice: ARCHITECTURE, or the last deployment's in samconfig.toml,
#                                         or the default of template.yaml
#   architecture.py check <architecture>  fails if `sam build` made a function for another processor; then allows only
#                                         this value in the built template, so that the guided deploy cannot change it

import os
import sys
from pathlib import Path

from samcli.cli.types import CfnParameterOverridesType
from samcli.lib.config.samconfig import SamConfig
from samcli.yamlhelper import parse_yaml_file, yaml_dump

BUILT = Path(".aws-sam/build/template.yaml")
# The values of e_machine, which an ELF file has in the two bytes at offset 18.
MACHINES = {183: "arm64", 62: "x86_64"}


def refuse(sentence):
    sys.exit(sentence)


def of_template():
    parameter = parse_yaml_file("template.yaml")["Parameters"]["Architecture"]
    return parameter["Default"], parameter["AllowedValues"]


def of_samconfig():
    """The architecture that the last guided deploy saved; None if there is none."""
    config = SamConfig(os.getcwd(), SamConfig.get_default_file(os.getcwd()))
    if not config.exists():
        return None
    try:
        kept = config.get_all(["deploy"], "parameters")
    except KeyError:
        return None
    overrides = CfnParameterOverridesType().convert(kept.get("parameter_overrides", ""), None, None)
    return overrides.get("Architecture")


def chosen():
    default, allowed = of_template()
    asked, kept = os.environ.get("ARCHITECTURE"), of_samconfig()
    if asked and kept and asked != kept:
        refuse(f"ARCHITECTURE is {asked}, but samconfig.toml has Architecture={kept} for the deployment: change it there as well")
    choice = asked or kept or default
    if choice not in allowed:
        refuse(f"{choice} is not an architecture that template.yaml allows: choose {' or '.join(allowed)}")
    return choice


def machine_of(file):
    """The processor that a program is for; None if it is not a 64-bit little-endian ELF file for arm64 or x86_64."""
    with open(file, "rb") as program:
        head = program.read(20)
    if len(head) < 20 or head[:6] != b"\x7fELF\x02\x01":
        return None
    return MACHINES.get(int.from_bytes(head[18:20], "little"))


def check(architecture):
    template = parse_yaml_file(str(BUILT))
    functions = {
        name: resource["Properties"]["CodeUri"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    if not functions:
        refuse(f"{BUILT} has no functions: sam build makes them")
    for name, code in functions.items():
        program = BUILT.parent / code / "bootstrap"
        if not program.is_file():
            refuse(f"{name} is not built: {program} does not exist")
        machine = machine_of(program)
        if machine != architecture:
            what = f"for {machine}" if machine else "not a program for arm64 or x86_64"
            refuse(f"{name} is to be deployed for {architecture}, but {program} is {what}: build it again with make deploy ARCHITECTURE={architecture}")
    template["Parameters"]["Architecture"].update(Default=architecture, AllowedValues=[architecture])
    BUILT.write_text(yaml_dump(template), encoding="utf-8")


match sys.argv[1:]:
    case ["chosen"]:
        print(chosen())
    case ["check", architecture]:
        check(architecture)
    case _:
        refuse("architecture.py chosen | check <architecture>")
