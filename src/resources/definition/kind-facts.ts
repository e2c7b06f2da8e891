/** The shape of a row of kinds.gen.ts: what Kubernetes says of a kind in one of its versions. */
import type { KindDefinition, SubresourceVerb, Verb } from "./kind.ts";

export interface KindFacts
  extends Partial<
    Pick<
      KindDefinition,
      | "shortNames"
      | "categories"
      | "countsGenerations"
      | "nameRule"
      | "createsOnUpdate"
      | "updatesNeedRevision"
      | "answersDeletion"
    >
  > {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
  /** The name of its schema in schemas.gen.ts. */
  readonly definition: string;
  /** All eight where left out. */
  readonly verbs?: readonly Verb[];
  readonly subresources?: Readonly<Record<string, readonly SubresourceVerb[]>>;
  readonly deprecated?: string;
}
