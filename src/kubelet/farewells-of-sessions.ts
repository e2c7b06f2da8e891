/**
 * Who has connections to pods here hears of those that end, over the HTTP/2 session that they come by: for each session one exchange of
 * farewells, which ends with it.
 */
import type { Http2Session } from "node:http2";
import type { FarewellEnd } from "../network/index.ts";
import { FarFarewells } from "../node/index.ts";

export class FarewellsOfSessions {
  readonly #end: FarewellEnd | undefined;
  readonly #known = new WeakMap<Http2Session, FarFarewells>();

  /** @param end what servers of this process say of their connections; nothing is told where left out */
  constructor(end: FarewellEnd | undefined) {
    this.#end = end;
  }

  /** Undefined where nothing is told. */
  of(session: Http2Session): FarFarewells | undefined {
    const known = this.#known.get(session);
    if (known || !this.#end) return known;
    const farewells = new FarFarewells(this.#end, "servers");
    this.#known.set(session, farewells);
    session.once("close", () => farewells.close());
    return farewells;
  }
}
