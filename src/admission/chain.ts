/**
 * The plugins that are on, one after another: first all that may change the object, then all that may refuse it. As long
 * as none of them answers with a promise nothing is waited for.
 */
import type { Draft } from "../resources/index.ts";
import { type Admission, type AdmissionRequest, isPending } from "../store/index.ts";
import { type AdmissionPlugin, concerns, type StoreReader } from "./plugin.ts";

export class AdmissionChain implements Admission {
  readonly plugins: readonly AdmissionPlugin[];
  readonly #reader: StoreReader;
  /** The plugins that a kind of write concerns, by operation, kind and subresource: asked at every write. */
  readonly #concerned = new Map<string, readonly AdmissionPlugin[]>();

  constructor(plugins: readonly AdmissionPlugin[], reader: StoreReader) {
    this.plugins = plugins;
    this.#reader = reader;
  }

  mutate(object: Draft, request: AdmissionRequest): Draft | Promise<Draft> {
    const plugins = this.#of(request);
    let draft = object;
    for (const [place, { mutate }] of plugins.entries()) {
      const next = mutate?.(draft, request, this.#reader) ?? draft;
      if (isPending(next)) return this.#mutateLater(next, plugins.slice(place + 1), request);
      draft = next;
    }
    return draft;
  }

  validate(object: Draft | undefined, request: AdmissionRequest): void | Promise<void> {
    const plugins = this.#of(request);
    for (const [place, { validate }] of plugins.entries()) {
      const verdict = validate?.(object, request, this.#reader);
      if (verdict && isPending(verdict))
        return this.#validateLater(verdict, plugins.slice(place + 1), object, request);
    }
  }

  async #mutateLater(
    changing: Promise<Draft>,
    rest: readonly AdmissionPlugin[],
    request: AdmissionRequest,
  ): Promise<Draft> {
    let draft = await changing;
    for (const { mutate } of rest) draft = (await mutate?.(draft, request, this.#reader)) ?? draft;
    return draft;
  }

  async #validateLater(
    asking: Promise<void>,
    rest: readonly AdmissionPlugin[],
    object: Draft | undefined,
    request: AdmissionRequest,
  ): Promise<void> {
    await asking;
    for (const { validate } of rest) await validate?.(object, request, this.#reader);
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
