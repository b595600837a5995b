// AWS Secrets Manager on this machine, simulated by moto's server; requests are those of the AWS CLI.

import path from 'node:path';

import { freePort, root, start } from '../../lib/process.mjs';

/** Starts an empty Secrets Manager. */
export async function startSecretsManager() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = start(path.join(root, '.tools/venv/bin/moto_server'), ['-H', '127.0.0.1', '-p', String(port)]);
  await server.printed(/Running on/);

  const call = async (action, body) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `secretsmanager.${action}`,
        authorization: 'AWS4-HMAC-SHA256 Credential=t/20260101/eu-west-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${action}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    create: (Name, SecretString) => call('CreateSecret', { Name, SecretString }),
    put: (SecretId, SecretString) => call('PutSecretValue', { SecretId, SecretString }),
    /** The variables with which a function reads from this server. */
    env: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    stop: () => server.stop(),
  };
}
