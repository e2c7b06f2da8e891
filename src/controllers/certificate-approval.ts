/**
 * Approves the certificates of nodes, as Kubernetes' csrapproving controller does: to be a client, for who may ask for it (a bootstrap token, or the
 * node itself when its certificate runs out); and, what there needs an administrator, to be a server, for the node itself and the addresses that its
 * Node has. What it does not approve is left to people; but a name that a living node has is denied to all others: they would take its pods.
 */
import { bootstrappers, type RequestedCertificate, readCertificateRequest } from "../access/index.ts";
import { type Controller, controller, settled, type World } from "../loop/index.ts";
import { timestamp } from "../outside/index.ts";
import {
  type Authorize,
  type CertificateSigningRequest,
  conditionOf,
  dnsSubdomain,
  nodeLeaseNamespace,
  withCondition,
} from "../resources/index.ts";

const clientSigner = "kubernetes.io/kube-apiserver-client-kubelet";
const servingSigner = "kubernetes.io/kubelet-serving";
const nodeUser = "system:node:";
const nodeGroup = "system:nodes";

/** @param authorize what roles say, asked as whom the request is from */
export function certificateApproval(authorize: Authorize): Controller {
  return controller({
    name: "csrapproving",
    kind: "CertificateSigningRequest",
    wokenBy: [],
    concerns: isUndecided,
    async reconcile(request, world) {
      if (!isUndecided(request)) return settled;
      const asked = await readCertificateRequest(request.spec.request);
      if (!asked || !isForNode(request, asked)) return settled;
      const decision = await decide(request, asked, authorize, world);
      if (decision) await world.update(decided(request, decision, world), { subresource: "approval" });
      return settled;
    },
  }) as Controller;
}

interface Decision {
  readonly type: "Approved" | "Denied";
  readonly reason: string;
  readonly message: string;
}

function isUndecided({ spec, status }: CertificateSigningRequest): boolean {
  if (status?.certificate || (spec.signerName !== clientSigner && spec.signerName !== servingSigner))
    return false;
  return !status?.conditions?.some(({ type }) => type === "Approved" || type === "Denied");
}

function isForNode({ spec }: CertificateSigningRequest, asked: RequestedCertificate): boolean {
  const { commonName, organizations, otherNames } = asked;
  if (!commonName.startsWith(nodeUser) || organizations.length !== 1 || organizations[0] !== nodeGroup)
    return false;
  const purpose = spec.signerName === clientSigner ? "client auth" : "server auth";
  const allowed = ["digital signature", "key encipherment", purpose];
  const usages = [spec.usages ?? []].flat();
  return otherNames.length === 0 && usages.includes(purpose) && usages.every(each => allowed.includes(each));
}

async function decide(
  request: CertificateSigningRequest,
  asked: RequestedCertificate,
  authorize: Authorize,
  world: World,
): Promise<Decision | undefined> {
  const { spec } = request;
  const { commonName, dnsNames, addresses } = asked;
  const node = commonName.slice(nodeUser.length);
  // No Node can have another name.
  if (dnsSubdomain(node).length > 0) return undefined;
  const isOwn = spec.username === commonName;
  if (spec.signerName === servingSigner)
    return isOwn && isAddressed(asked, node, world)
      ? approved("Auto approving kubelet server certificate: the names are those of its Node")
      : undefined;
  if (dnsNames.length > 0 || addresses.length > 0) return undefined;
  const may = async (subresource: string) => {
    const user = { name: spec.username ?? "", groups: [...(spec.groups ?? [])] };
    const resource = "certificatesigningrequests";
    const what = { group: "certificates.k8s.io", version: "*", resource, subresource };
    return (await authorize(user, { verb: "create", ...what, namespace: "", name: "" })).allowed;
  };
  if (isOwn && (await may("selfnodeclient")))
    return approved("Auto approving self kubelet client certificate after SubjectAccessReview.");
  if (!(await may("nodeclient"))) return undefined;
  if (spec.groups?.includes(bootstrappers) && isAlive(node, world)) {
    const message = `a node ${node} is in the cluster and alive: give this one another name, or remove that one`;
    return { type: "Denied", reason: "NodeNameTaken", message };
  }
  return approved("Auto approving kubelet client certificate after SubjectAccessReview.");
}

function approved(message: string): Decision {
  return { type: "Approved", reason: "AutoApproved", message };
}

/**
 * Whether every name and address of the certificate is one that the Node says it has. Of names only its own: it might say that it is called as another
 * node is.
 */
function isAddressed({ dnsNames, addresses }: RequestedCertificate, node: string, world: World): boolean {
  const own = world.get("Node", "", node)?.status?.addresses ?? [];
  const has = (kinds: readonly string[], wanted: string) =>
    own.some(({ type, address }) => kinds.includes(type) && address === wanted);
  if (dnsNames.length + addresses.length === 0) return false;
  return (
    dnsNames.every(name => name === node && has(["Hostname"], name)) &&
    addresses.every(address => has(["InternalIP", "ExternalIP"], address))
  );
}

/**
 * It has not said farewell, and the controller of nodes hears it. When it said that it is there is not asked: that is the time of another
 * machine.
 */
function isAlive(name: string, world: World): boolean {
  const node = world.get("Node", "", name);
  if (!node || !world.get("Lease", nodeLeaseNamespace, name)) return false;
  return conditionOf(node, "Ready")?.status !== "Unknown";
}

function decided(
  request: CertificateSigningRequest,
  decision: Decision,
  world: World,
): CertificateSigningRequest {
  const now = world.now();
  const condition = { ...decision, status: "True", lastUpdateTime: timestamp(now) } as const;
  const conditions = withCondition(request.status?.conditions, condition, now);
  return { ...request, status: { ...request.status, conditions } };
}
