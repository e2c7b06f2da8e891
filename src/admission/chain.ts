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
    return this.#fold(request, object, (plugin, draft) => {
      const next = this.#answered(plugin, plugin.mutate?.(draft, request, this.#reader));
      return isPending(next) ? next.then(changed => changed ?? draft) : (next ?? draft);
    });
  }

  validate(object: Draft | undefined, request: AdmissionRequest): void | Promise<void> {
    return this.#fold<void>(request, undefined, plugin =>
      this.#answered(plugin, plugin.validate?.(object, request, this.#reader)),
    );
  }

  validateLast(object: Draft, request: AdmissionRequest): void {
    for (const plugin of this.#of(request)) plugin.validateLast?.(object, request, this.#reader);
  }

  contends(request: AdmissionRequest): readonly string[] {
    return this.#of(request).flatMap(({ contends }) => contends?.(request, this.#reader) ?? []);
  }

  /** What each makes of what the one before it has made, from the first that is asked. */
  #fold<T>(
    request: AdmissionRequest,
    first: T,
    ask: (plugin: AdmissionPlugin, value: T) => T | Promise<T>,
  ): T | Promise<T> {
    const plugins = this.#of(request);
    let value = first;
    for (const [index, plugin] of plugins.entries()) {
      const next = ask(plugin, value);
      if (isPending(next)) return foldLater(next, plugins.slice(index + 1), ask);
      value = next;
    }
    return value;
  }

  #answered<T>({ name, timeoutSeconds }: AdmissionPlugin, answer: T | Promise<T>): T | Promise<T> {
    if (!isPending(answer)) return answer;
    return this.#answers.until(`admission plugin ${JSON.stringify(name)}`, answer, timeoutSeconds);
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

async function foldLater<T>(
  pending: Promise<T>,
  rest: readonly AdmissionPlugin[],
  ask: (plugin: AdmissionPlugin, value: T) => T | Promise<T>,
): Promise<T> {
  let value = await pending;
  for (const plugin of rest) value = await ask(plugin, value);
  return value;
}
