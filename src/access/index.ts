/** The door of access/: who asks, what a user may do, and how clients find and trust the server. */

export { administratorToken, isAdministratorToken } from "./administrator-token.ts";
export { AuditLog } from "./audit-log.ts";
export { type Auditing, AuditPolicy } from "./audit-policy.ts";
export { Authentication, anonymous, unauthorized } from "./authentication.ts";
export { Authority, isOurSigner, RefusedToSign } from "./authority.ts";
export {
  bootstrappers,
  bootstrapTokenNamespace,
  bootstrapTokenType,
  bootstrapUser,
  endOfToken,
} from "./bootstrap-tokens.ts";
export {
  newCertificateRequest,
  type RequestedCertificate,
  readCertificateRequest,
} from "./certificate-request.ts";
export { certificateGuards } from "./certificate-requests.ts";
export { type ServerCertificate, standInCertificate } from "./certificates.ts";
export { userOfCertificate } from "./client-certificate.ts";
export { guarded, type WriteGuard } from "./guards.ts";
export { type Demand, impersonated } from "./impersonation.ts";
export { IssuedCertificates } from "./issued-certificates.ts";
export { assertKeysWhole, makeKeys } from "./kept-keys.ts";
export { isOwnCluster, kubeconfigFor } from "./kubeconfig.ts";
export { isSameAuthority } from "./kubelet-authority.ts";
export { nodeAccess } from "./node-authorizer.ts";
export { isCalled, nameIn, type OwnCertificate, readOwnCertificate } from "./own-certificate.ts";
export { RoleBasedAccess } from "./rbac/index.ts";
export { writeSecret } from "./secret-file.ts";
export { serverCertificate } from "./server-certificate.ts";
export { serviceAccountKey } from "./service-account-key.ts";
export { issuerConfiguration, ServiceAccountTokens } from "./service-account-tokens.ts";
