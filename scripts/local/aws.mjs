// AWS on this machine for a local run: moto's server with the tables of template.yaml, empty at each start. The
// functions get its address and made-up credentials, so that no call of a local run reaches a real account.

import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { freePort, root, start, within } from './process.mjs';

const REGION = 'us-east-1';

/** What the AWS SDK reads. The files of the developer's own profiles are not read. */
const variablesOf = (url) => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});

/** Starts AWS with these `tables`, as localDataOf returns them; resolves when they exist. */
export async function startAws(tables, { port } = {}) {
  const listen = port ?? (await freePort());
  const url = `http://127.0.0.1:${listen}`;
  const program = path.join(root, '.tools/venv/bin/moto_server');
  const env = { PATH: process.env.PATH, AWS_DEFAULT_REGION: REGION };
  const server = start(program, ['-H', '127.0.0.1', '-p', String(listen)], { env });
  await within(60_000, 'the start of the local AWS', Promise.race([
    serving(url),
    server.exited.then((code) => Promise.reject(new Error(`The local AWS ended by itself (${code}):\n${server.output}`))),
  ]));
  for (const { create, expiry } of Object.values(tables)) {
    await dynamodb(url, 'CreateTable', create);
    if (!expiry) continue;
    const TimeToLiveSpecification = { AttributeName: expiry, Enabled: true };
    await dynamodb(url, 'UpdateTimeToLive', { TableName: create.TableName, TimeToLiveSpecification });
  }
  return { url, variables: variablesOf(url), exited: server.exited, stop: () => server.stop() };
}

/** One request to DynamoDB at `url`. moto does not check the signature, but takes the service from it. */
export async function dynamodb(url, operation, body) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': `DynamoDB_20120810.${operation}`,
      Authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`The local DynamoDB refuses ${operation}: ${await answer.text()}`);
  return answer.json();
}

async function serving(url) {
  for (;;) {
    try {
      return await fetch(`${url}/moto-api/`);
    } catch {
      await setTimeout(50); // it does not listen yet
    }
  }
}
