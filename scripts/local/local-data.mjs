// What the functions of a local run read from template.yaml: the DynamoDB tables, and the variables of each function
// that can be known on this machine.

import { isMap, isScalar, parseDocument } from 'yaml';

/** Set by the local run itself, whatever the template says. */
const OWN = ['CALLABLE_RESPONSE_MODE', 'FIREBASE_PROJECT_ID'];

/** The parts of a table that its creation needs. */
const TABLE = ['KeySchema', 'AttributeDefinitions', 'BillingMode', 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes', 'ProvisionedThroughput'];

/**
 * The tables of a template, named by their ids in it, and the environment variables of its functions: `!Ref` to one of
 * these tables, and plain values. Other values, such as `!GetAtt`, exist only after a deployment and are left out.
 */
export function localDataOf(text) {
  // A warning would be printed for each of CloudFormation's tags, which the library does not know.
  const document = parseDocument(text, { logLevel: 'error' });
  const [error] = document.errors;
  if (error) throw new Error(`template.yaml cannot be read: ${error.message}`);
  const resources = document.get('Resources')?.items ?? [];
  const properties = (type) => resources
    .filter(({ value }) => value.get('Type') === type)
    .map(({ key, value }) => [key.value, value.get('Properties')]);
  const tables = Object.fromEntries(properties('AWS::DynamoDB::Table').map(([id, node]) => [id, tableOf(id, node.toJS(document))]));
  const variables = {};
  for (const [id, node] of [['Globals', document.getIn(['Globals', 'Function'])], ...properties('AWS::Serverless::Function')]) {
    const listed = node?.getIn(['Environment', 'Variables']);
    for (const { key, value } of isMap(listed) ? listed.items : []) {
      const known = isScalar(value) && valueOf(value, tables);
      if (typeof known !== 'string' || OWN.includes(key.value)) continue;
      if ((variables[key.value] ?? known) !== known) {
        throw new Error(`template.yaml sets ${key.value} to another value in ${id}: locally all functions share one environment, so give the two variables different names`);
      }
      variables[key.value] = known;
    }
  }
  return { tables, variables };
}

function valueOf({ tag, value }, tables) {
  if (tag === '!Ref') return Object.hasOwn(tables, value) ? value : undefined;
  return tag?.startsWith('!') ? undefined : String(value);
}

function tableOf(id, properties) {
  const known = Object.fromEntries(TABLE.filter((name) => name in properties).map((name) => [name, properties[name]]));
  const { AttributeName, Enabled } = properties.TimeToLiveSpecification ?? {};
  return { create: { BillingMode: 'PAY_PER_REQUEST', ...known, TableName: id }, expiry: Enabled ? AttributeName : undefined };
}
