// Notices a simulator that does not answer any more: cargo-lambda 1.9.2 can lock itself up when files are saved while
// calls come in. Whoever compiles or answers is alive.

/** What cargo prints while it works: the calls of a function wait for its build. */
const BUILDING = /^\s*(Blocking|Building|Checking|Compiling|Downloaded|Downloading|Locking|Updating)\b/;
/** What it prints when it is done. */
const BUILT = /^\s*(Finished|Running)\b|^\s*error/;
/** A single crate can take minutes on a busy machine, without a line. */
const LONGEST_SILENCE_OF_A_BUILD = 900_000;

export class Watchdog {
  #ms;
  #stuck;
  #waiting = new Map(); // begin of each wait, by a key of its own
  #alive = 0;
  #building = false;
  #timer;

  /** Calls `stuck(name)` when a call of `name` has waited for `ms`, and nothing is compiled or was answered meanwhile. */
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
    const patience = this.#building ? Math.max(this.#ms, LONGEST_SILENCE_OF_A_BUILD) : this.#ms;
    const left = Math.max(begin, this.#alive) + patience - performance.now();
    this.#timer = setTimeout(() => {
      this.#sign(); // once for each time that it is stuck
      this.#stuck(key.description);
    }, Math.max(0, left));
    this.#timer.unref();
  }
}
