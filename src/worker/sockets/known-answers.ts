/**
 * The thread's copy of the directory: what the hosts and names mean that its programs have asked for. The first question goes to the main
 * thread, which from then on tells each change (network/questions.ts); all others are answered here at once.
 */

/** Where the answers come from: the first, and each later one. Ends when the signal aborts, or the connection to the cluster does. */
export type AnswerSource<Answer> = (
  question: string,
  signal: AbortSignal,
) => AsyncIterable<Answer | undefined>;

interface Known<Answer> {
  /** Resolves when the first answer is here, or it is certain that none will come. */
  readonly asked: Promise<void>;
  readonly stop: AbortController;
  /** Questions are counted. */
  readonly nth: number;
  isAnswered: boolean;
  found: Answer | undefined;
}

/** So many answers are remembered; the one that was asked for first is forgotten first. */
const mostAnswers = 1_000;

export class KnownAnswers<Answer> {
  readonly #source: AnswerSource<Answer>;
  readonly #heard: (question: string, found: Answer | undefined) => void;
  readonly #known = new Map<string, Known<Answer>>();
  #count = 0;

  /** @param heard told of each answer */
  constructor(
    source: AnswerSource<Answer>,
    heard: (question: string, found: Answer | undefined) => void = () => {},
  ) {
    this.#source = source;
    this.#heard = heard;
  }

  /** The answer, if it is here. `found` is undefined where the cluster does not know it. */
  known(question: string): { readonly found: Answer | undefined } | undefined {
    const known = this.#known.get(question);
    return known?.isAnswered ? known : undefined;
  }

  /** Asks, where nothing is known yet. Never rejects: where no answer comes, the cluster does not know it. */
  async ask(question: string): Promise<Answer | undefined> {
    const known = this.#known.get(question) ?? this.#start(question);
    if (!known.isAnswered) {
      // The question holds no thread alive, but what waits for the answer does.
      const awake = setInterval(() => {}, 60_000);
      await known.asked;
      clearInterval(awake);
    }
    return known.found;
  }

  /** Asks again, although there is an answer, or one is on its way: what has changed before this call is in the one that is told here. */
  async fresh(question: string): Promise<Answer | undefined> {
    const before = this.#count;
    const known = this.#known.get(question);
    if (known && !known.isAnswered) await this.ask(question);
    const now = this.#known.get(question);
    // Another one who waited for the same answer may have asked again.
    if (now && now.nth <= before) {
      this.#known.delete(question);
      now.stop.abort();
    }
    return this.ask(question);
  }

  #start(question: string): Known<Answer> {
    if (this.#known.size >= mostAnswers) this.#forgetOldest();
    let answered = () => {};
    const asked = new Promise<void>(resolve => {
      answered = resolve;
    });
    const known: Known<Answer> = {
      asked,
      stop: new AbortController(),
      nth: ++this.#count,
      isAnswered: false,
      found: undefined,
    };
    this.#known.set(question, known);
    void this.#hear(question, known, answered);
    return known;
  }

  async #hear(question: string, known: Known<Answer>, answered: () => void): Promise<void> {
    try {
      for await (const found of this.#source(question, known.stop.signal)) {
        known.found = found;
        known.isAnswered = true;
        answered();
        this.#heard(question, found);
      }
    } catch {
      // The cluster stops, or has lost the thread: there is nothing left to connect to.
    } finally {
      if (this.#known.get(question) === known) this.#known.delete(question);
      answered();
    }
  }

  #forgetOldest(): void {
    for (const [question, { stop }] of this.#known) {
      this.#known.delete(question);
      stop.abort();
      return;
    }
  }
}
