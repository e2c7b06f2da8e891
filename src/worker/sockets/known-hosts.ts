/**
 * The thread's copy of the directory: what the hosts mean that its programs have asked for. The first question goes to the main thread,
 * which from then on tells each change (network/hosts.ts); all others are answered here at once.
 */
import type { FoundHost } from "../../messages/index.ts";

/** Where the answers come from: the first, and each later one. Ends when the signal aborts, or the connection to the cluster does. */
export type HostSource = (host: string, signal: AbortSignal) => AsyncIterable<FoundHost | undefined>;

interface Known {
  /** Resolves when the first answer is here, or it is certain that none will come. */
  readonly asked: Promise<void>;
  readonly stop: AbortController;
  isAnswered: boolean;
  found: FoundHost | undefined;
}

/** So many hosts are remembered; the one that was asked for first is forgotten first. */
const mostHosts = 1_000;

export class KnownHosts {
  readonly #source: HostSource;
  readonly #known = new Map<string, Known>();

  constructor(source: HostSource) {
    this.#source = source;
  }

  /** The answer, if it is here. `found` is undefined where the cluster does not know the host. */
  known(host: string): { readonly found: FoundHost | undefined } | undefined {
    const known = this.#known.get(host);
    return known?.isAnswered ? known : undefined;
  }

  /** Asks, where nothing is known yet. Never rejects: where no answer comes, the cluster does not know the host. */
  async ask(host: string): Promise<FoundHost | undefined> {
    const known = this.#known.get(host) ?? this.#start(host);
    if (!known.isAnswered) {
      // The question holds no thread alive, but what waits for the answer does.
      const awake = setInterval(() => {}, 60_000);
      await known.asked;
      clearInterval(awake);
    }
    return known.found;
  }

  /** Asks again, although there is an answer: the change that it may not tell yet has been told by then. */
  fresh(host: string): Promise<FoundHost | undefined> {
    const known = this.#known.get(host);
    if (known?.isAnswered) {
      this.#known.delete(host);
      known.stop.abort();
    }
    return this.ask(host);
  }

  #start(host: string): Known {
    if (this.#known.size >= mostHosts) this.#forgetOldest();
    let answered = () => {};
    const asked = new Promise<void>(resolve => {
      answered = resolve;
    });
    const known: Known = { asked, stop: new AbortController(), isAnswered: false, found: undefined };
    this.#known.set(host, known);
    void this.#hear(host, known, answered);
    return known;
  }

  async #hear(host: string, known: Known, answered: () => void): Promise<void> {
    try {
      for await (const found of this.#source(host, known.stop.signal)) {
        known.found = found;
        known.isAnswered = true;
        answered();
      }
    } catch {
      // The cluster stops, or has lost the thread: there is nothing left to connect to.
    } finally {
      if (this.#known.get(host) === known) this.#known.delete(host);
      answered();
    }
  }

  #forgetOldest(): void {
    for (const [host, { stop }] of this.#known) {
      this.#known.delete(host);
      stop.abort();
      return;
    }
  }
}
