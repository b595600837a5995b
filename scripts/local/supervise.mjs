// Keeps the simulator of the functions running: waits until every function has answered once, and restarts the
// simulator when it stops answering.

import { Watchdog } from './watchdog.mjs';

/**
 * `start(onLine)` starts the simulator, as startFunctions does; `warmUp(functions, watchdog)` calls every function once
 * and resolves with their names. When a call has waited `patience` milliseconds in which nothing was compiled or
 * answered, `say` gets a sentence and the simulator is restarted. `over(error)` is called when it cannot be kept
 * running.
 */
export async function supervise({ start, warmUp, patience, say, over }) {
  const hangs = (name) => `${name} has not answered for ${patience / 1000} s, though nothing is being compiled`;
  let stuck;
  const watchdog = new Watchdog({ ms: patience, stuck: (name) => stuck(name) });
  let current;
  const begin = async () => {
    const functions = await start((line) => watchdog.printed(line));
    current = functions;
    // A simulator that `again` has stopped is no longer `current`, and its end is expected.
    functions.exited.then((code) => {
      if (current === functions) over(new Error(`The simulator of the functions ended by itself (${code})`));
    });
    return functions;
  };
  const { url } = await begin();
  const names = await new Promise((resolve, reject) => {
    stuck = (name) => reject(new Error(`${hangs(name)}: its output is above`));
    warmUp(current, watchdog).then(resolve, reject);
  });
  const again = async () => {
    const hanging = current;
    current = undefined;
    await hanging.stop();
    await begin();
    say('The simulator runs again. The calls that were waiting have failed.');
  };
  stuck = (name) => {
    if (!current) return; // a restart is under way
    say(`${hangs(name)}: the simulator hangs and is restarted.`);
    again().catch(over);
  };
  return { url, names, watchdog };
}
