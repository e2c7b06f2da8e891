/**
 * Tells threads which DNS records names of the cluster have, so that their programs can ask Node's resolver: the answer and each later one
 * (questions.ts). The records are those of the DNS server (dns/zone.ts), which need not be there.
 */
import type { FoundRecords } from "../messages/index.ts";
import type { EndpointSlice } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import { AddressIndex } from "./address-index.ts";
import type { ServicesAt } from "./host-facts.ts";
import type { Questions } from "./questions.ts";

export class Records {
  readonly #store: StoreReads;
  readonly #questions: Questions;
  readonly #servicesAt: ServicesAt;
  /** Which slices list an address: kept from the first question on. */
  #slices: AddressIndex<"EndpointSlice"> | undefined;
  #isStopped = false;

  constructor(store: StoreReads, questions: Questions, servicesAt: ServicesAt) {
    this.#store = store;
    this.#questions = questions;
    this.#servicesAt = servicesAt;
  }

  stop(): void {
    this.#isStopped = true;
    this.#slices?.stop();
  }

  /** Undefined where the name is not one of the cluster's. @param type in capitals, `SRV` */
  async *subscribe(
    name: string,
    type: string,
    signal: AbortSignal,
  ): AsyncGenerator<FoundRecords | undefined> {
    // Most clusters are never asked.
    const { recordsOf, recordsDependOn, addressesIn } = await import("./dns/index.ts");
    if (this.#isStopped) return;
    this.#slices ??= this.#indexed(addressesIn);
    const facts = { store: this.#store, servicesAt: this.#servicesAt, slicesAt: this.#slices.at };
    yield* this.#questions.answers(
      { find: () => recordsOf(name, type, facts), keys: () => recordsDependOn(name, facts) },
      signal,
    );
  }

  #indexed(addressesIn: (slice: EndpointSlice) => readonly string[]): AddressIndex<"EndpointSlice"> {
    const slices = new AddressIndex(this.#store, "EndpointSlice", addressesIn);
    slices.start();
    return slices;
  }
}
