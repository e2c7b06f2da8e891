/**
 * When the calls of a cluster can be made: between `start()` and `stop()`. One that comes while the cluster starts waits for
 * what every cluster has (its first namespaces); before and after that all fail in the same way, and say what to do.
 */
import { ApiError, MessageError, messageOf } from "../errors/index.ts";
import type { MessageApi } from "../messages/index.ts";

export class Lifecycle {
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  /** Until the cluster has what calls rely on. */
  #starting: Promise<void> | undefined;

  /** @param start does it, and says when calls can be made */
  start(start: (ready: () => void) => Promise<void>): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(wasStopped());
    if (this.#started !== undefined) return this.#started;
    let ready = () => {};
    this.#starting = new Promise(resolve => {
      ready = () => {
        this.#starting = undefined;
        resolve();
      };
    });
    // A start that fails is told by itself; the calls then find out what is missing.
    this.#started = start(ready).finally(ready);
    return this.#started;
  }

  stop(stop: () => Promise<void>): Promise<void> {
    this.#stopped ??= Promise.resolve(this.#started)
      .catch(() => {})
      .then(stop);
    return this.#stopped;
  }

  /** Throws ServiceUnavailable before `start` and after `stop`. */
  assertRunning(): void {
    if (this.#stopped !== undefined) throw wasStopped();
    if (this.#started === undefined)
      throw new ApiError("ServiceUnavailable", "the cluster is not running: await its start() first");
  }

  /** Throws as `assertRunning` does. A promise while the cluster starts: a call has to wait for it. */
  running(): Promise<void> | undefined {
    this.assertRunning();
    return this.#starting;
  }

  /** The same for messages, which have errors of their own. */
  guarded(api: MessageApi): MessageApi {
    return {
      send: (to, body, options) => this.#whileRunning(() => api.send(to, body, options)),
      request: (to, body, options) => this.#whileRunning(() => api.request(to, body, options)),
    };
  }

  #whileRunning<T>(call: () => Promise<T>): Promise<T> {
    try {
      const starting = this.running();
      return starting ? unheard(starting.then(call)) : call();
    } catch (cause) {
      const message = messageOf(cause);
      return unheard(Promise.reject(new MessageError("ClusterStopping", message, { handled: "no", cause })));
    }
  }
}

/** As with all messages, its failure is no unhandled rejection. */
function unheard<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => {});
  return answer;
}

function wasStopped(): ApiError {
  return new ApiError(
    "ServiceUnavailable",
    "this cluster was stopped, and a cluster runs once: make a new one",
  );
}
