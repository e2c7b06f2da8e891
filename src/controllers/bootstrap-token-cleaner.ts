/** Deletes bootstrap tokens that have run out, as Kubernetes' token cleaner does: what nobody may use any more is not kept. */
import { bootstrapTokenNamespace, bootstrapTokenType, endOfToken } from "../access/index.ts";
import { again, controller, settled } from "../loop/index.ts";
import { isTerminating, type Secret } from "../resources/index.ts";

export const bootstrapTokenCleaner = controller<"Secret">({
  name: "token-cleaner",
  kind: "Secret",
  wokenBy: [],
  concerns: isToken,
  async reconcile(secret, world) {
    if (!isToken(secret)) return settled;
    const ends = endOfToken(secret);
    if (ends === undefined || Number.isNaN(ends)) return settled;
    const left = ends - world.now();
    if (left > 0) return again(left);
    await world.delete(secret);
    return settled;
  },
});

function isToken(secret: Secret): boolean {
  const { namespace } = secret.metadata;
  return (
    namespace === bootstrapTokenNamespace && secret.type === bootstrapTokenType && !isTerminating(secret)
  );
}
