// Keeps the simulator of the functions running: waits until every function has answered once, and starts it again when
// it answers nothing any more.

import { Watchdog } from './watchdog.mjs';

/**
 * `start(onLine)` starts the simulator, as startFunctions does; `warmUp(functions, watchdog)` calls every function once
 * and resolves with their names. A call may wait `patience` milliseconds while nothing is compiled or answered: then
 * `say` is told, and the simulator is started again. `over(error)` is called when it cannot be kept running.
 */
export async function supervise({ start, warmUp, patience, say, over }) {
  const hangs = (name) => `${name} has not answered for ${patience / 1000} s, though nothing is being compiled`;
  let stuck;
  const watchdog = new Watchdog({ ms: patience, stuck: (name) => stuck(name) });
  let current;
  const begin = async () => {
    const functions = await start((line) => watchdog.printed(line));
    current = functions;
    // One that is stopped here has been replaced, or is about to be.
    functions.exited.then((code) => {
      if (current === functions) over(new Error(`The simulator of the functions ended by itself (${code})`));
    });
    return functions;
  };
  const { url } = await begin();
  const names = await new Promise((resolve, reject) => {
    stuck = (name) => reject(new Error(`${hangs(name)}: what it has printed is above`));
    warmUp(current, watchdog).then(resolve, reject);
  });
  const again = async () => {
    const hanging = current;
    current = undefined;
    await hanging.stop();
    await begin();
    say('The simulator is there again. The calls that waited have failed.');
  };
  stuck = (name) => {
    if (!current) return; // being started again
    say(`${hangs(name)}: the simulator hangs, and is started again.`);
    again().catch(over);
  };
  return { url, names, watchdog };
}
