/** What the port of a Service says of what is spoken there (`appProtocol`): by Kubernetes' own names, and those of IANA and of meshes. */

/** Without TLS. */
const http2: ReadonlySet<string> = new Set(["kubernetes.io/h2c", "h2c", "http2", "grpc"]);
const http1: ReadonlySet<string> = new Set(["http", "kubernetes.io/ws", "ws", "grpc-web"]);

/** Undefined: the port says nothing of it. */
export function speaksHttp2(appProtocol: string | undefined): boolean | undefined {
  return appProtocol ? http2.has(appProtocol.toLowerCase()) : undefined;
}

/** Whether requests of HTTP may come there; what says nothing may take anything. */
export function mayTakeHttp(appProtocol: string | undefined): boolean {
  const name = appProtocol?.toLowerCase() ?? "";
  return name === "" || http1.has(name) || http2.has(name);
}
