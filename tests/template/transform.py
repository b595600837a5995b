# Runs SAM's transform without an account, and prints the CloudFormation template that it makes:
# transform.py <template> [<parameter>=<value> ...]

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samcli.yamlhelper import yaml_parse  # noqa: E402
from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.translator.translator import Translator  # noqa: E402

with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        # As `sam package` leaves it.
        resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"
parameters = {
    name: parameter.get("Default", "x") for name, parameter in template.get("Parameters", {}).items()
}
parameters.update(argument.split("=", 1) for argument in sys.argv[2:])
print(json.dumps(Translator({}, Parser()).translate(template, parameters)))
