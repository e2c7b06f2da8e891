/** `k4s scale KIND/NAME --replicas N`. */
import { shownName } from "./apply.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { oneTarget, pathOf, resourcesOf, theOne } from "./resources.ts";

export async function scale(
  words: readonly string[],
  options: WhereOptions & { readonly replicas: number },
): Promise<void> {
  const connection = new Connection(options);
  const { word, name } = oneTarget(words);
  const resource = theOne(word, await resourcesOf(connection));
  await connection.text(pathOf(resource, connection.namespace, name, "scale"), {
    method: "PATCH",
    body: { spec: { replicas: options.replicas } },
    contentType: "application/merge-patch+json",
  });
  process.stdout.write(`${shownName(resource, name)} scaled\n`);
}
