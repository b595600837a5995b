// Notices a simulator that does not answer any more: cargo-lambda 1.9.2 can lock itself up when files are saved while
// calls come in. Whoever compiles or answers is alive.

/** What cargo prints while it works: until it is done, the calls of a function wait for its build. */
const BUILDS = /^\s*(Blocking|Building|Checking|Compiling|Downloaded|Downloading|Finished|Running|Updating)\b|^\s*error/;

export class Watchdog {
  #ms;
  #stuck;
  #waiting = new Map(); // begin of each wait, by a key of its own
  #alive = 0;
  #timer;

  /** Calls `stuck(name)` when a call of `name` has waited for `ms` and nothing was compiled or answered meanwhile. */
  constructor({ ms, stuck }) {
    this.#ms = ms;
    this.#stuck = stuck;
  }

  /** One line of the simulator's output. */
  printed(line) {
    if (BUILDS.test(line)) this.#sign();
  }

  /** A call of `name` waits. Yields what to call when it waits no more. */
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
    const left = Math.max(begin, this.#alive) + this.#ms - performance.now();
    this.#timer = setTimeout(() => {
      this.#sign(); // once for each time that it is stuck
      this.#stuck(key.description);
    }, Math.max(0, left));
    this.#timer.unref();
  }
}
