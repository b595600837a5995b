# Runs SAM's transform without an account, and prints the CloudFormation template that it makes:
# transform.py <template> [--at=<seconds since 1970>] [<parameter>=<value> ...]

import json
import os
import sys
import time

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samcli.yamlhelper import yaml_parse  # noqa: E402
from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.translator.translator import Translator  # noqa: E402

file, arguments = sys.argv[1], sys.argv[2:]
if arguments and arguments[0].startswith("--at="):
    # Sets the transform's clock: two runs in the same second would give the same deployment id.
    moment = int(arguments.pop(0).removeprefix("--at="))
    time.time = lambda: moment
with open(file, encoding="utf-8") as text:
    template = yaml_parse(text.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        # The form that `sam package` writes.
        resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"
parameters = {
    name: parameter.get("Default", "x") for name, parameter in template.get("Parameters", {}).items()
}
parameters.update(argument.split("=", 1) for argument in arguments)
print(json.dumps(Translator({}, Parser()).translate(template, parameters)))
