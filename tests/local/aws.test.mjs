// The local AWS of `make run`: the tables of a template exist and work, and the functions are told where.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { dynamodb, startAws } from '../../scripts/local/aws.mjs';
import { askedBy, startCompanions } from '../../scripts/local/companions.mjs';
import { localDataOf } from '../../scripts/local/local-data.mjs';
import { root, stopAll } from '../../scripts/local/process.mjs';

after(stopAll);

const template = `
Globals:
  Function:
    Environment:
      Variables:
        FIREBASE_PROJECT_ID: !Ref FirebaseProjectId
        GREETING: Hello
Resources:
  Notes:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: owner, AttributeType: S }, { AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: owner, KeyType: HASH }, { AttributeName: id, KeyType: RANGE }]
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
      TimeToLiveSpecification: { AttributeName: expires, Enabled: true }
  CreateNoteFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/create-note
      Environment:
        Variables:
          NOTES_TABLE: !Ref Notes
          NOTES_LIMIT: 30
          QUEUE_URL: !GetAtt Queue.Url
          CALLABLE_RESPONSE_MODE: stream
  ListNotesFunction:
    Type: AWS::Serverless::Function
    Properties:
      Environment: { Variables: { NOTES_TABLE: !Ref Notes, TOPIC: !Ref Topic } }
  Topic:
    Type: AWS::SNS::Topic
`;

test('variables are those whose values exist on this machine: plain ones, and names of tables', () => {
  assert.deepEqual(localDataOf(template).variables, { GREETING: 'Hello', NOTES_TABLE: 'Notes', NOTES_LIMIT: '30' });
});

test('a variable that two functions set differently is refused, because they share one environment', () => {
  const differing = `${template}
  Others:
    Type: AWS::DynamoDB::Table
    Properties: { KeySchema: [] }
  ShareNoteFunction:
    Type: AWS::Serverless::Function
    Properties: { Environment: { Variables: { NOTES_TABLE: !Ref Others } } }
`;
  assert.throws(() => localDataOf(differing), /template\.yaml sets NOTES_TABLE to another value in ShareNoteFunction/);
});

test('a template without tables, and one that is not YAML', () => {
  assert.deepEqual(localDataOf('Resources: {}\n'), { tables: {}, variables: {} });
  assert.throws(() => localDataOf('Resources: ['), /template\.yaml cannot be read/);
});

test('the tables exist, with their keys and their expiry, and hold items', async () => {
  const aws = await startAws(localDataOf(template).tables);
  const { Table } = await dynamodb(aws.url, 'DescribeTable', { TableName: 'Notes' });
  assert.deepEqual(Table.KeySchema.map(({ AttributeName }) => AttributeName), ['owner', 'id']);
  const { TimeToLiveDescription } = await dynamodb(aws.url, 'DescribeTimeToLive', { TableName: 'Notes' });
  assert.equal(TimeToLiveDescription.AttributeName, 'expires');
  const Item = { owner: { S: 'ada' }, id: { S: '1' }, text: { S: 'milk' } };
  await dynamodb(aws.url, 'PutItem', { TableName: 'Notes', Item });
  const Key = { owner: { S: 'ada' }, id: { S: '1' } };
  assert.deepEqual((await dynamodb(aws.url, 'GetItem', { TableName: 'Notes', Key })).Item, Item);
  await assert.rejects(dynamodb(aws.url, 'GetItem', { TableName: 'Absent', Key }), /The local DynamoDB refuses GetItem/);
  assert.equal(aws.variables.AWS_ENDPOINT_URL, aws.url);
});

test('the line of docs/local.md shows the items of a table', async () => {
  const aws = await startAws(localDataOf(template).tables);
  await dynamodb(aws.url, 'PutItem', { TableName: 'Notes', Item: { owner: { S: 'ada' }, id: { S: '1' } } });
  const document = await readFile(path.join(root, 'docs/local.md'), 'utf8');
  const [, line] = document.match(/```sh\n(curl[^`]+)```/);
  const { stdout } = await promisify(execFile)('bash', ['-c', line], { env: { ...process.env, AWS_URL: aws.url } });
  assert.deepEqual(JSON.parse(stdout).Items, [{ owner: { S: 'ada' }, id: { S: '1' } }]);
});

test('what a project asks for beside its functions must be well formed, and is awaited', async () => {
  const asked = await askedBy(path.join(root, 'examples/notes'));
  assert.equal(asked.commands.length, 2);
  assert.match(asked.environment.ASSISTANT_URL, /^http:/);
  assert.deepEqual(await askedBy(root), { environment: {}, commands: [] });
  const ended = new Promise((resolve) => {
    const command = [process.execPath, '-e', 'console.log("it (serves)")'];
    startCompanions(root, [{ command, ready: 'it (serves)' }], { over: resolve });
  });
  assert.match((await ended).message, /ended by itself \(0\)/);
});
