/** What has been in a cluster, read from its store's history: who wrote what, why, and how the world was at a revision. */
import { calls } from "../../api/index.ts";
import { checkArguments } from "../../errors/index.ts";
import { type Moment, timeline } from "../../observe/index.ts";
import { type Change, causeChain, type ObjectKey, type Past, type Store } from "../../store/index.ts";

/** What the program may see of it. */
type Visible = Pick<Store, "history" | "change" | "at">;

export class OwnHistory {
  readonly #visible: Visible;
  readonly #keyOf: (ref: string) => ObjectKey;

  constructor(visible: Visible, keyOf: (ref: string) => ObjectKey) {
    this.#visible = visible;
    this.#keyOf = keyOf;
  }

  history(options: { readonly after?: number }): Change[] {
    checkArguments("history", calls.history, [options]);
    const { after = 0 } = options;
    return this.#visible.history({ after });
  }

  timeline(of: string | { readonly after?: number }): Moment[] {
    checkArguments("timeline", calls.timeline, [of]);
    return timeline(this.#visible, typeof of === "string" ? this.#keyOf(of) : { after: of.after ?? 0 });
  }

  at(revision: number): Past {
    checkArguments("at", calls.at, [revision]);
    const past = this.#visible.at(revision);
    return {
      revision: past.revision,
      get: (...given) => {
        checkArguments("at().get", calls["at().get"], given);
        return past.get(...given);
      },
      list: (...given) => {
        checkArguments("at().list", calls["at().list"], given);
        return past.list(...given);
      },
    };
  }

  why(ref: string): Change[] {
    checkArguments("why", calls.why, [ref]);
    return causeChain(this.#visible, this.#keyOf(ref));
  }
}
