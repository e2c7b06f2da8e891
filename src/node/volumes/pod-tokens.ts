/**
 * The tokens that a pod's volumes show. One is asked for once, and again before it ends: when four fifths of its life are over, or
 * after a day, as by Kubernetes' kubelet. Where no new one is given, the old one stays as long as it is good.
 */
import type { Clock } from "../../outside/index.ts";
import type { Pod, ServiceAccountTokenProjection, TokenRequestStatus } from "../../resources/index.ts";
import type { RegistryVerbs, Writer } from "../../store/index.ts";

/** What a TokenRequest is answered with. */
export interface GivenToken {
  readonly token: string;
  /** RFC 3339. */
  readonly expirationTimestamp: string;
}

export interface PodTokensParts {
  readonly clock: Pick<Clock, "now">;
  readonly request: (projection: ServiceAccountTokenProjection) => Promise<GivenToken>;
}

interface Held {
  readonly text: string;
  readonly endsAt: number;
  /** When to ask for the next one. */
  renewAt: number;
}

/** Of its life. */
const lastShare = 0.2;
const longestMs = 24 * 3_600_000;
/** After a refusal. */
const retryMs = 60_000;

export class PodTokens {
  readonly #parts: PodTokensParts;
  /** By what was asked for. */
  readonly #held = new Map<string, Held>();

  constructor(parts: PodTokensParts) {
    this.#parts = parts;
  }

  /** Rejects with what the request is refused with, where there is no token that is still good. */
  async textOf(projection: ServiceAccountTokenProjection): Promise<string> {
    const { clock, request } = this.#parts;
    const key = keyOf(projection);
    const held = this.#held.get(key);
    const asked = clock.now();
    if (held && asked < held.renewAt) return held.text;
    try {
      const { token, expirationTimestamp } = await request(projection);
      const endsAt = Date.parse(expirationTimestamp);
      const life = endsAt - asked;
      const renewAt = asked + Math.min(life * (1 - lastShare), longestMs);
      this.#held.set(key, { text: token, endsAt, renewAt });
      return token;
    } catch (error) {
      if (!held || clock.now() >= held.endsAt) throw error;
      held.renewAt = clock.now() + retryMs;
      return held.text;
    }
  }

  /** When the first of these is to be renewed, in milliseconds since 1970; undefined where none was asked for. */
  renewalOf(projections: readonly ServiceAccountTokenProjection[]): number | undefined {
    const times = projections.flatMap(each => this.#held.get(keyOf(each))?.renewAt ?? []);
    return times.length > 0 ? Math.min(...times) : undefined;
  }
}

function keyOf({ audience = "", expirationSeconds }: ServiceAccountTokenProjection): string {
  return `${expirationSeconds} ${audience}`;
}

/** A token of the pod's service account, made for the pod and no longer good than that is there. */
export async function requestedToken(
  { audience, expirationSeconds = 3_600 }: ServiceAccountTokenProjection,
  { metadata, spec }: Pod,
  registry: Pick<RegistryVerbs, "create">,
  writer: Writer,
): Promise<GivenToken> {
  const { namespace = "", name, uid } = metadata;
  const draft = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { name: spec.serviceAccountName ?? "default", namespace },
    spec: {
      audiences: audience ? [audience] : [],
      expirationSeconds,
      boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
    },
  };
  const request = { author: writer, isChecked: true, subresource: "token", parent: "ServiceAccount" };
  const { object } = await registry.create(draft, request);
  const { token = "", expirationTimestamp = "" } =
    (object as { readonly status?: Partial<TokenRequestStatus> }).status ?? {};
  return { token, expirationTimestamp };
}
