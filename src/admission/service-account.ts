/**
 * ServiceAccount: a pod that names no account runs as `default`. That the account is there is not asked for yet, and no
 * token is mounted: nothing makes accounts and tokens so far.
 */

import { changingSpecs, podPlugin } from "./pod-spec.ts";

const withAccount = changingSpecs<undefined>(spec => {
  // The older name of the field: both are always there.
  const account = spec.serviceAccountName || spec.serviceAccount || "default";
  if (spec.serviceAccountName === account && spec.serviceAccount === account) return spec;
  return { ...spec, serviceAccountName: account, serviceAccount: account };
});

export const serviceAccount = podPlugin({
  name: "ServiceAccount",
  on: [{ operations: ["CREATE"], kinds: ["Pod"] }],
  mutate: pod => withAccount(pod, undefined),
});
