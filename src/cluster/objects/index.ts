/** Which objects a cluster has from its first moment, and those that tell clients of its API. */
export { apiObjects } from "./api-objects.ts";
export { keepApiServices } from "./api-services.ts";
export { componentStatuses } from "./component-statuses.ts";
export { keepDnsService } from "./dns-service.ts";
export { ensureFirstDefinitions } from "./first-definitions.ts";
export { bootstrap, ensure, ensureFirstObjects, storedAs } from "./first-objects.ts";
export {
  kubeletAuthoritiesName,
  kubeletAuthorityKeys,
  kubeletAuthorityObjects,
  nodeBootstrapBindings,
} from "./node-bootstrap.ts";
export { ensureRecorded } from "./recorded-objects.ts";
