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

/** So many answers are remembered; the one that was not used longest is forgotten first. A question whose answer is waited for never is. */
const mostAnswers = 1_000;

export class KnownAnswers<Answer> {
  readonly #source: AnswerSource<Answer>;
  readonly #heard: (question: string, found: Answer | undefined) => void;
  readonly #waiting = new Map<string, Known<Answer>>();
  /** The one that was used last is the last. */
  readonly #answered = new Map<string, Known<Answer>>();
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
    const known = this.#answered.get(question);
    if (known) this.#use(question, known);
    return known;
  }

  /** Asks, where nothing is known yet. Never rejects: where no answer comes, the cluster does not know it. */
  async ask(question: string): Promise<Answer | undefined> {
    const known = this.#asked(question) ?? this.#start(question);
    if (known.isAnswered) this.#use(question, known);
    else {
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
    if (this.#waiting.has(question)) await this.ask(question);
    const now = this.#asked(question);
    // Another one who waited for the same answer may have asked again.
    if (now && now.nth <= before) this.#forget(question, now);
    return this.ask(question);
  }

  #asked(question: string): Known<Answer> | undefined {
    return this.#answered.get(question) ?? this.#waiting.get(question);
  }

  #use(question: string, known: Known<Answer>): void {
    this.#answered.delete(question);
    this.#answered.set(question, known);
  }

  #start(question: string): Known<Answer> {
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
    this.#waiting.set(question, known);
    void this.#hear(question, known, answered);
    return known;
  }

  async #hear(question: string, known: Known<Answer>, answered: () => void): Promise<void> {
    try {
      for await (const found of this.#source(question, known.stop.signal)) {
        known.found = found;
        if (!known.isAnswered) {
          known.isAnswered = true;
          this.#waiting.delete(question);
          this.#use(question, known);
          this.#forgetUnused();
          answered();
        }
        this.#heard(question, found);
      }
    } catch {
      // The cluster stops, or has lost the thread: there is nothing left to connect to.
    } finally {
      if (this.#asked(question) === known) this.#forget(question, known);
      answered();
    }
  }

  #forgetUnused(): void {
    for (const [question, known] of this.#answered) {
      if (this.#answered.size <= mostAnswers) return;
      this.#forget(question, known);
    }
  }

  #forget(question: string, { stop }: Known<Answer>): void {
    this.#answered.delete(question);
    this.#waiting.delete(question);
    stop.abort();
  }
}
