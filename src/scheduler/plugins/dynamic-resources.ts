/** DynamicResources: k4s has no devices that could be claimed. It says, as in Kubernetes, that no claim can be given up for a pod. */
import type { Plugin } from "../framework.ts";

export function dynamicResources(): Plugin {
  return {
    name: "DynamicResources",
    postFilter: () => ({ message: "no new claims to deallocate", keepsNomination: true }),
  };
}
