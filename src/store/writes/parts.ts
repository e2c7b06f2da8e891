/** What the writes of a registry are made with: all of them share one of these. */
import type { Clock, Random } from "../../outside/index.ts";
import type { Access, KindRegistry } from "../../resources/index.ts";
import type { Store } from "../store.ts";
import type { Admission } from "./admission.ts";
import type { PendingAnswers } from "./pending-answers.ts";
import type { Versions } from "./versions.ts";

/** Where the registry looks up what a kind is. */
export type KindSource = Pick<KindRegistry, "find" | "inVersion" | "served" | "wasRemoved">;

export interface WriteParts {
  readonly store: Store;
  readonly kinds: KindSource;
  readonly versions: Versions;
  readonly admission: Admission;
  readonly access: Access;
  readonly answers: PendingAnswers;
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
}
