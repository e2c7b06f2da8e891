/** The door of access/: who asks, and how clients find and trust the server. */
export { anonymous, type Credentials, TokenAuthentication, unauthorized } from "./authentication.ts";
export { serverCertificate } from "./certificates.ts";
export { type ClusterAddress, kubeconfigFor } from "./kubeconfig.ts";
