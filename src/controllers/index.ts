/** The door of controllers/: one for each resource. To add a kind that acts, write its file and name it here. */
import type { Authority, ServiceAccountTokens } from "../access/index.ts";
import type { Controller } from "../loop/index.ts";
import type { Authorize, CustomResourceDefinition, KindDefinition, KindName } from "../resources/index.ts";
import type { StorageDrivers } from "../storage/index.ts";
import { apiService } from "./api-service.ts";
import { apiServiceAvailability } from "./api-service-availability.ts";
import {
  type AutoscalingSettings,
  horizontalPodAutoscaler,
  type ScalingMetrics,
} from "./autoscaler/index.ts";
import { bootstrapTokenCleaner } from "./bootstrap-token-cleaner.ts";
import { certificateApproval } from "./certificate-approval.ts";
import { certificateRequestCleaner } from "./certificate-request-cleaner.ts";
import { certificateSigning } from "./certificate-signing.ts";
import { clusterRoleAggregation } from "./cluster-role-aggregation.ts";
import { container } from "./container.ts";
import { cronjob } from "./cronjob/index.ts";
import { customResourceDefinitionController } from "./custom-resource-definition.ts";
import { daemonset } from "./daemonset/index.ts";
import { defaultServiceAccount } from "./default-service-account.ts";
import { deployment } from "./deployment/index.ts";
import { disruptionBudget } from "./disruption-budget/index.ts";
import { endedPodCollection } from "./ended-pod-collection.ts";
import { endpointSliceMirroring } from "./endpoint-slice-mirroring.ts";
import { flowSchema } from "./flow-schema.ts";
import { garbageCollection } from "./garbage-collection.ts";
import { job } from "./job/index.ts";
import { namespaceController } from "./namespace.ts";
import { nodeIpam } from "./node-ipam.ts";
import { nodeLifecycle, taintEviction } from "./node-lifecycle/index.ts";
import { nodeRegistration } from "./node-registration.ts";
import { podGarbageCollection } from "./pod-garbage-collection.ts";
import { replicaset, replicationController } from "./replicaset/index.ts";
import { resourceQuota } from "./resource-quota.ts";
import { rootCertificate } from "./root-certificate.ts";
import { selectorOverlap } from "./selector-overlap/index.ts";
import { endpoints, service } from "./service/index.ts";
import { serviceCidr } from "./service-cidr.ts";
import { serviceIpAddresses, strayIpAddresses } from "./service-ip-addresses.ts";
import { staleDisruptionTarget } from "./stale-disruption-target.ts";
import { statefulset } from "./statefulset/index.ts";
import {
  attachDetach,
  attacher,
  attributesClassProtection,
  claimProtection,
  nodeDrivers,
  recordings,
  volumeBinding,
  volumeExpansion,
  volumeProtection,
  volumeProvisioning,
  volumeSnapshotContents,
  volumeSnapshots,
} from "./storage/index.ts";
import { switchedOff } from "./switched-off.ts";
import { tokenSecret } from "./token-secret.ts";
import { validatingAdmissionPolicyStatus } from "./validating-admission-policy-status.ts";

export { apiServiceObjects, serviceAddresses } from "./api-service.ts";
export { type AutoscalingSettings, autoscalingDefaults, type ScalingMetrics } from "./autoscaler/index.ts";

export interface ControllerParts {
  /** Who makes volumes. */
  readonly storage: StorageDrivers;
  /** The kinds that there are, now and whenever it is asked. */
  kinds(): readonly KindDefinition[];
  /** Whether the kind of a definition is one of them. */
  isServed(definition: CustomResourceDefinition): boolean;
  /** Who signs certificates; undefined until the cluster serves. */
  authority(): Authority | undefined;
  /** Who signs the tokens of service accounts. */
  readonly tokens: Pick<ServiceAccountTokens, "issueFor">;
  /** Where it serves; undefined until then. */
  url(): string | undefined;
  /** What pods use of processors and memory. */
  readonly metrics: ScalingMetrics;
  readonly autoscaling: AutoscalingSettings;
  /** Who may do what over HTTP. */
  readonly authorize: Authorize;
  /** Whether a node of this name runs in this process. */
  isOfThisProcess(node: string): boolean;
  /** What is switched off: which controllers do not act, and on what. */
  readonly off: readonly {
    readonly feature: string;
    readonly controllers?: readonly string[];
    readonly ignoredKinds?: readonly KindName[];
  }[];
}

/** All of them, with others in the place of those that are switched off. */
export function controllersFor(parts: ControllerParts): Controller[] {
  return allControllers(parts).map(each => {
    const { feature, ignoredKinds = [] } =
      parts.off.find(({ controllers = [] }) => controllers.includes(each.name)) ?? {};
    const [kind] = ignoredKinds;
    return feature && kind ? switchedOff(each.name, kind, feature) : each;
  });
}

function allControllers({
  storage,
  kinds,
  isServed,
  authority,
  tokens,
  url,
  metrics,
  autoscaling,
  authorize,
  isOfThisProcess,
}: ControllerParts): Controller[] {
  return [
    container,
    deployment,
    replicaset,
    replicationController,
    job(),
    cronjob(),
    statefulset,
    daemonset(),
    selectorOverlap(),
    disruptionBudget(kinds),
    staleDisruptionTarget,
    horizontalPodAutoscaler({ kinds, metrics, settings: autoscaling }),
    service(),
    endpoints,
    endpointSliceMirroring,
    serviceCidr as Controller,
    serviceIpAddresses as Controller,
    strayIpAddresses as Controller,
    resourceQuota(kinds),
    volumeBinding() as Controller,
    volumeProvisioning(storage) as Controller,
    volumeExpansion(storage) as Controller,
    nodeDrivers(storage) as Controller,
    attachDetach() as Controller,
    attacher(storage) as Controller,
    ...recordings(storage),
    volumeSnapshots() as Controller,
    volumeSnapshotContents(storage) as Controller,
    claimProtection,
    volumeProtection,
    attributesClassProtection,
    nodeRegistration(),
    nodeIpam(isOfThisProcess) as Controller,
    nodeLifecycle(),
    taintEviction(),
    podGarbageCollection,
    endedPodCollection(),
    namespaceController(kinds),
    customResourceDefinitionController(isServed),
    clusterRoleAggregation,
    certificateApproval(authorize),
    certificateSigning(authority),
    certificateRequestCleaner,
    bootstrapTokenCleaner as Controller,
    defaultServiceAccount as Controller,
    rootCertificate(authority),
    tokenSecret(tokens, authority),
    apiService(url),
    apiServiceAvailability,
    flowSchema,
    validatingAdmissionPolicyStatus(kinds),
    garbageCollection,
  ];
}
