/**
 * Which endpoints a request is sent to, one after the other until one answers: chosen as everything that is sent to a Service is
 * (messages/found-host.ts), among those that NetworkPolicies allow the client. Entrances and routes between pods both ask here.
 */
import {
  type ConnectionChoice,
  endpointFor,
  type FoundEndpoint,
  type TrafficBook,
} from "../../messages/index.ts";
import type { DeniedEndpoint } from "../dial.ts";
import type { ServicePorts } from "../service-ports.ts";
import { trafficPolicyOf } from "../traffic-policies.ts";
import { endpointName } from "./no-answer.ts";
import { type HttpBackend, type Upstream, upstreamOf } from "./upstream.ts";

/** An endpoint to be tried, and what is to be told how that went. */
export type Trial = ConnectionChoice;

/** An endpoint that gets a copy of a request. */
export type MirrorTrial = Trial & {
  /** It speaks HTTP/2 without TLS. */
  readonly isHttp2?: boolean | undefined;
};

/** The endpoints in the order of trial, or why there is none. */
export type Trials =
  | { readonly trials: Iterable<Trial>; readonly isHttp2: boolean | undefined; readonly why?: never }
  | {
      readonly trials?: never;
      readonly status: number;
      readonly why: string;
      /** NetworkPolicies deny all of them. */
      readonly isDenied: boolean;
    };

export interface EndpointTrialsParts {
  readonly services: Pick<ServicePorts, "of">;
  readonly traffic: TrafficBook;
  readonly denied: DeniedEndpoint;
}

/** So many endpoints are tried for one request, retries apart. */
const mostTried = 3;

type Ready = Extract<Upstream, { readonly endpoints: readonly FoundEndpoint[] }>;

export class EndpointTrials {
  readonly #parts: EndpointTrialsParts;

  constructor(parts: EndpointTrialsParts) {
    this.#parts = parts;
  }

  /**
   * @param client whose request it is: an address
   * @param retries how often it may be tried again after an answer
   */
  for(backend: HttpBackend, client: string, retries = 0): Trials {
    const upstream = upstreamOf(backend, this.#parts.services);
    if (!upstream.endpoints)
      return { status: upstream.status, why: `${backend.by}: ${upstream.why}`, isDenied: false };
    const denied = this.#deniedOf(upstream, client);
    const [first] = denied;
    if (first && denied.length === upstream.endpoints.length)
      // In a cluster of machines its packets would be dropped, and a proxy would say so when it has waited long enough.
      return { status: 504, why: `${backend.by}: ${this.#parts.denied(client, first)}`, isDenied: true };
    const trials = this.#inOrder(backend, { upstream, denied }, client, mostTried + retries);
    return { trials, isHttp2: upstream.isHttp2 };
  }

  /**
   * The one that gets a copy of a request.
   * @param isUsual whether it is sent by HTTP/2 where its port does not say what it speaks
   */
  mirrorOf(backend: HttpBackend, client: string, isUsual = false): MirrorTrial | undefined {
    const { trials = [], isHttp2 = isUsual } = { isHttp2: undefined, ...this.for(backend, client) };
    for (const trial of trials) return { ...trial, isHttp2 };
    return undefined;
  }

  *#inOrder(
    backend: HttpBackend,
    first: { readonly upstream: Ready; readonly denied: readonly FoundEndpoint[] },
    client: string,
    most: number,
  ): Generator<Trial> {
    const tried: string[] = [];
    let { upstream, denied } = first;
    for (let i = 0; i < most; i++) {
      if (i > 0) {
        // Endpoints come and go while one of them is asked.
        const now = upstreamOf(backend, this.#parts.services);
        if (!now.endpoints) return;
        upstream = now;
        denied = this.#deniedOf(upstream, client);
      }
      const before = i === 0 ? [] : upstream.endpoints.filter(each => tried.includes(endpointName(each)));
      const chosen =
        this.#choose(upstream, client, new Set([...denied, ...before])) ??
        this.#choose(upstream, client, new Set(denied));
      if (!chosen) return;
      tried.push(endpointName(chosen.endpoint));
      yield chosen;
    }
  }

  #choose(
    { endpoints, of }: Ready,
    client: string,
    without: ReadonlySet<FoundEndpoint>,
  ): ConnectionChoice | undefined {
    if (!of) {
      const endpoint = endpoints.find(each => !without.has(each));
      return endpoint && { endpoint };
    }
    const { name, namespace } = of.service.metadata;
    const found = {
      name: `${namespace}/${name}`,
      addresses: [],
      ports: [of.port],
      traffic: trafficPolicyOf(of.service),
    };
    const { traffic } = this.#parts;
    return endpointFor(found, "", of.port.port, { address: client, traffic }, without);
  }

  #deniedOf({ endpoints }: Ready, client: string): FoundEndpoint[] {
    return endpoints.filter(each => this.#parts.denied(client, each) !== undefined);
  }
}
