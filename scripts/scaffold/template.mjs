// The resources of a function in template.yaml. A YAML library finds the position of each; text is then removed or
// inserted there. Writing the parsed document back would also change at least 30 lines that nobody edited (measured
// with yaml 2.9.1: the padding of lists, comments on the line of a key).

import { isMap, parseDocument, visit } from 'yaml';

import { stateNamesOf, stateOf } from './state.mjs';

/** The template as a value, without CloudFormation's tags: `!Ref Api` becomes `Api`. */
export const valueOf = (text) => documentOf(text).toJS();

/** The template with the resources of a new function, before the log group of all functions, or at the end. */
export function withResources(text, names, stream, kind = 'nothing') {
  const { items, end } = resourcesIn(text);
  const at = items.find(({ key }) => key === 'Logs')?.start ?? end;
  return `${text.slice(0, at)}\n${resourcesOf(names, stream, kind).trimEnd()}\n${text.slice(at)}`;
}

/**
 * The template without the resources of a function, and without the comments above them. A table that is named anywhere
 * else stays.
 */
export function withoutResources(text, names) {
  const { tableId } = stateNamesOf(names);
  const without = cut(text, idsOf(names));
  return isNamed(cut(without, [tableId]), tableId) ? without : cut(without, [tableId]);
}

/** Whether the template has the table that make new made for the function. */
export const hasTable = (text, names) => resourcesIn(text).items.some(({ key }) => key === stateNamesOf(names).tableId);

const isNamed = (text, id) => new RegExp(`\\b${id}\\b`).test(text);

function cut(text, own) {
  const items = resourcesIn(text).items.filter(({ key }) => own.includes(key)).reverse();
  return items.reduce((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
}

/** The ids of the function's events, such as `Call`. */
export function eventsOf(text, { logicalId }) {
  const events = documentOf(text).getIn(['Resources', logicalId, 'Properties', 'Events']);
  return isMap(events) ? events.items.map(({ key }) => key.value) : [];
}

/** The lines whose keys or values name the function or one of its routes. */
export function linesNaming(text, { name, logicalId }) {
  const names = new RegExp(`~1${name}(?![\\w-])|\\b${logicalId}\\b`);
  const lines = new Set();
  visit(documentOf(text), {
    Scalar: (_, { value, range }) => {
      if (!names.test(value)) return;
      const start = text.lastIndexOf('\n', range[0]) + 1;
      lines.add(text.slice(start, text.indexOf('\n', range[0])));
    },
  });
  return [...lines];
}

function documentOf(text) {
  // A warning would be printed for each of CloudFormation's tags, which the library does not know.
  const document = parseDocument(text, { keepSourceTokens: true, logLevel: 'error' });
  const [error] = document.errors;
  if (error) throw new Error(`template.yaml cannot be read: ${error.message}`);
  return document;
}

/** Each resource's key, with the positions from the blank line and the comments above it to its last line. */
function resourcesIn(text) {
  const { key: heading, value: resources } = documentOf(text).contents.items.find(({ key }) => key.value === 'Resources');
  const first = text.indexOf('\n', heading.range[1]) + 1;
  const starts = resources.items.map(({ srcToken: { start } }, index) => (index === 0 ? first : start[0].offset));
  const [, end] = resources.range;
  const items = resources.items.map(({ key }, index) => ({ key: key.value, start: starts[index], end: starts[index + 1] ?? end }));
  return { items, end };
}

/** The function, and the alarms on its failures. */
function resourcesOf(names, stream, kind) {
  const { folder, name, routes, logicalId } = names;
  const [state, stateNames] = [stateOf(kind), stateNamesOf(names)];
  const transfer = stream ? '            ResponseTransferMode: RESPONSE_STREAM\n' : '';
  const event = (id, path) => `        ${id}:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: ${path}
            Method: ANY
${transfer}`;
  const mode = stream
    ? `          # Set together with the transfer mode below: either without the other corrupts every answer.
          CALLABLE_RESPONSE_MODE: stream
`
    : '';
  const variables = mode + (state?.variables(stateNames) ?? []).map(([key, value]) => `          ${key}: ${value}\n`).join('');
  const environment = variables && `      Environment:\n        Variables:\n${variables}`;
  const [action, resource] = state?.statement?.(stateNames) ?? [];
  const policies = action ? `      Policies:
        - Statement:
            Effect: Allow
            Action: ${action}
            Resource: ${resource}
` : '';
  return `${state?.resources(stateNames) ?? ''}  ${logicalId}:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: rust-cargolambda
    Properties:
      CodeUri: functions/${folder}
${environment}${policies}      Events:
${event('Call', routes[0])}${event('CallAsEmulator', routes[1])}
${alarmOf(logicalId, 'Errors', `${name} crashed, or ran out of time or memory.`)}
${alarmOf(logicalId, 'Throttles', `Lambda throttled calls of ${name} because no concurrency was left.`)}
`;
}

/** The ids of a function's own resources. */
const idsOf = ({ logicalId }) => [logicalId, alarmId(logicalId, 'Errors'), alarmId(logicalId, 'Throttles')];

const alarmId = (logicalId, metric) => logicalId.replace(/Function$/, metric);

/** An alarm on one of Lambda's own metrics of the function. */
const alarmOf = (logicalId, metric, description) => `  ${alarmId(logicalId, metric)}:
    Type: AWS::CloudWatch::Alarm
    Condition: HasAlarms
    Properties:
      AlarmDescription: ${description}
      Namespace: AWS/Lambda
      MetricName: ${metric}
      Dimensions: [{ Name: FunctionName, Value: !Ref ${logicalId} }]
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref AlarmTopicArn]
`;
