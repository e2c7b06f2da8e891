/** What a kind of Kubernetes has besides its generated facts: columns, fields to select by, and the rules data cannot say. */

import type { KubernetesObject } from "../object.ts";
import type { FieldTexts } from "../selectors/index.ts";
import type { Column } from "./columns.ts";
import type { KindDefinition, KindRules, KindVersion, Subresource } from "./kind.ts";
import type { ScalePaths } from "./subresource.ts";

export interface OwnPart<T extends KubernetesObject = KubernetesObject>
  extends Partial<Pick<KindDefinition<T>, "answer" | "createdAt" | "nameRule" | "rows">> {
  readonly columns?: readonly Column<T>[];
  readonly selectableFields?: readonly string[];
  readonly fieldTexts?: FieldTexts<T>;
  readonly rules?: KindRules<T>;
  readonly scale?: ScalePaths;
  /** Those of its subresources that do something of their own. */
  readonly subresources?: readonly Subresource[];
}

/** What a version has besides, where it is not the one in which objects are kept. */
export type OwnVersion = Pick<KindVersion, "toStored" | "fromStored" | "validate" | "fieldTexts"> & {
  readonly columns?: readonly Column[];
  readonly selectableFields?: readonly string[];
};
