/**
 * The plugins that are on, one after another: first all that may change the object, then all that may refuse it, then those
 * whose answer must hold at the moment of the write. As long as none of them answers with a promise nothing is waited for.
 */
import type { Draft } from "../resources/index.ts";
import { type Admission, type AdmissionRequest, isPending, PendingAnswers } from "../store/index.ts";
import { type AdmissionPlugin, concerns, type StoreReader } from "./plugin.ts";

export class AdmissionChain implements Admission {
  readonly plugins: readonly AdmissionPlugin[];
  readonly #reader: StoreReader;
  readonly #answers: PendingAnswers;
  /** The plugins that a kind of write concerns, by operation, kind and subresource: asked at every write. */
  readonly #concerned = new Map<string, readonly AdmissionPlugin[]>();

  /** `answers`: where what plugins answer with a promise is waited for. */
  constructor(
    plugins: readonly AdmissionPlugin[],
    reader: StoreReader,
    answers: PendingAnswers = new PendingAnswers(),
  ) {
    this.plugins = plugins;
    this.#answers = answers;
    this.#reader = reader;
  }

  mutate(object: Draft, request: AdmissionRequest): Draft | Promise<Draft> {
    const plugins = this.#of(request);
    let draft = object;
    for (const [index, plugin] of plugins.entries()) {
      const next = this.#mutated(plugin, draft, request);
      if (isPending(next)) return this.#mutateLater(next, plugins.slice(index + 1), request);
      draft = next;
    }
    return draft;
  }

  validate(object: Draft | undefined, request: AdmissionRequest): void | Promise<void> {
    const plugins = this.#of(request);
    for (const [index, plugin] of plugins.entries()) {
      const verdict = this.#validated(plugin, object, request);
      if (verdict && isPending(verdict))
        return this.#validateLater(verdict, plugins.slice(index + 1), object, request);
    }
  }

  validateLast(object: Draft, request: AdmissionRequest): void {
    for (const plugin of this.#of(request)) plugin.validateLast?.(object, request, this.#reader);
  }

  async #mutateLater(
    changing: Promise<Draft>,
    rest: readonly AdmissionPlugin[],
    request: AdmissionRequest,
  ): Promise<Draft> {
    let draft = await changing;
    for (const plugin of rest) draft = await this.#mutated(plugin, draft, request);
    return draft;
  }

  async #validateLater(
    asking: Promise<void>,
    rest: readonly AdmissionPlugin[],
    object: Draft | undefined,
    request: AdmissionRequest,
  ): Promise<void> {
    await asking;
    for (const plugin of rest) await this.#validated(plugin, object, request);
  }

  #mutated(
    { name, mutate, timeoutSeconds }: AdmissionPlugin,
    draft: Draft,
    request: AdmissionRequest,
  ): Draft | Promise<Draft> {
    const answer = mutate?.(draft, request, this.#reader) ?? draft;
    if (!isPending(answer)) return answer;
    const next = this.#answers.until(whoIs(name), answer, timeoutSeconds);
    return Promise.resolve(next).then(changed => changed ?? draft);
  }

  #validated(
    { name, validate, timeoutSeconds }: AdmissionPlugin,
    object: Draft | undefined,
    request: AdmissionRequest,
  ): void | Promise<void> {
    const answer = validate?.(object, request, this.#reader);
    return isPending(answer) ? this.#answers.until(whoIs(name), answer, timeoutSeconds) : answer;
  }

  #of(request: AdmissionRequest): readonly AdmissionPlugin[] {
    const { operation, kind, subresource } = request;
    const key = `${operation} ${kind.name}/${subresource}`;
    let plugins = this.#concerned.get(key);
    if (!plugins) {
      plugins = this.plugins.filter(plugin => concerns(plugin, request));
      this.#concerned.set(key, plugins);
    }
    return plugins;
  }
}

function whoIs(name: string): string {
  return `admission plugin ${JSON.stringify(name)}`;
}
