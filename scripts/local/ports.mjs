// The ports of `make run`, from the environment: each must be a port number, differ from the others, and be free.

import { isFree } from './process.mjs';

const LARGEST = 65_535;

/** The port of each variable in `defaults`, from `environment` where it is set there. Fails with one sentence. */
export function portsOf(environment, defaults) {
  const ports = {};
  for (const [variable, fallback] of Object.entries(defaults)) {
    const text = environment[variable] || String(fallback);
    const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > LARGEST) {
      throw new Error(`${variable} is not a port: set it to a number from 1 to ${LARGEST}, as in: make run ${variable}=${fallback}`);
    }
    const [other] = Object.entries(ports).find(([, taken]) => taken === port) ?? [];
    if (other) throw new Error(`${variable} and ${other} are both ${port}: set one of them to another port`);
    ports[variable] = port;
  }
  return ports;
}

/** Fails with one sentence if another program listens on one of them. */
export async function checkFree(ports) {
  for (const [variable, port] of Object.entries(ports)) {
    if (!(await isFree(port))) {
      throw new Error(`Port ${port} is taken: choose another one, as in: make run ${variable}=${port < LARGEST ? port + 1 : port - 1}`);
    }
  }
}
