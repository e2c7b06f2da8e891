/** `k4s expand -f`: what short forms stand for. No cluster is asked. */
import { dump } from "js-yaml";
import { objectsIn } from "./manifests.ts";

export async function expandManifests({ filename }: { readonly filename: readonly string[] }): Promise<void> {
  const objects = await objectsIn(filename);
  process.stdout.write(objects.map(object => dump(object, { noRefs: true })).join("---\n"));
}
