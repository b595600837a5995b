// Notices a simulator that has stopped answering: cargo-lambda 1.9.2 can deadlock when files are saved while calls come
// in. Output of a build and answers to calls count as signs of life.

/** Lines that cargo prints while it builds: the calls of a function wait for its build. */
const BUILDING = /^\s*(Blocking|Building|Checking|Compiling|Downloaded|Downloading|Locking|Updating)\b/;
/** Lines that it prints when a build ends. */
const BUILT = /^\s*(Finished|Running)\b|^\s*error/;
/** In ms. On a busy machine cargo can compile one crate for minutes without printing a line. */
const LONGEST_SILENCE_OF_A_BUILD = 900_000;

export class Watchdog {
  #ms;
  #stuck;
  #waiting = new Map(); // start of each wait, by a symbol that carries the function's name
  #alive = 0;
  #building = false;
  #timer;

  /** Calls `stuck(name)` when a call of `name` has waited for `ms` in which nothing was compiled or answered. */
  constructor({ ms, stuck }) {
    this.#ms = ms;
    this.#stuck = stuck;
  }

  /** One line of the simulator's output. */
  printed(line) {
    const [building, built] = [BUILDING.test(line), BUILT.test(line)];
    if (!building && !built) return;
    this.#building = building;
    this.#sign();
  }

  /** A call of `name` waits. Returns the function to call when the wait is over. */
  waits(name) {
    const key = Symbol(name);
    this.#waiting.set(key, performance.now());
    this.#arm();
    return () => {
      if (this.#waiting.delete(key)) this.#sign();
    };
  }

  #sign() {
    this.#alive = performance.now();
    this.#arm();
  }

  #arm() {
    clearTimeout(this.#timer);
    const [oldest] = this.#waiting;
    if (!oldest) return;
    const [key, begin] = oldest;
    const patience = this.#building ? Math.max(this.#ms, LONGEST_SILENCE_OF_A_BUILD) : this.#ms;
    const left = Math.max(begin, this.#alive) + patience - performance.now();
    this.#timer = setTimeout(() => {
      this.#sign(); // starts the time anew, so that `stuck` is called once per `patience`
      this.#stuck(key.description);
    }, Math.max(0, left));
    this.#timer.unref();
  }
}
