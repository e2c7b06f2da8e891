/** What the authority of kubelets signs is believed of kubelets, and nowhere else. */
import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { CertificateSigningRequest } from "../resources/index.ts";
import { Authority } from "./authority.ts";
import { newCertificateRequest } from "./certificate-request.ts";
import { type AuthorityFiles, newAuthority, renewedAuthority } from "./certificates.ts";
import { IssuedCertificates } from "./issued-certificates.ts";
import { isSameAuthority, kubeletAuthority } from "./kubelet-authority.ts";

const now = Date.UTC(2026, 0, 1);
let files: AuthorityFiles;
let authority: Authority;
beforeAll(async () => {
  files = await newAuthority(now);
  authority = new Authority(() => files, new IssuedCertificates());
});

async function signed(signerName: string, usage: string): Promise<X509Certificate> {
  const { request } = await newCertificateRequest({
    commonName: "system:node:n",
    organizations: ["system:nodes"],
    hosts: ["10.0.0.1"],
  });
  const spec = {
    signerName,
    request: Buffer.from(request).toString("base64"),
    usages: ["digital signature", usage],
  };
  return new X509Certificate(await authority.sign({ spec } as unknown as CertificateSigningRequest, now));
}

const isSignedBy = (certificate: X509Certificate, ca: string) => {
  const by = new X509Certificate(ca);
  return certificate.checkIssued(by) && certificate.verify(by.publicKey);
};

describe("the authority of kubelets", () => {
  it("signs what a node serves with, which the cluster's authority has not signed, nor a client's", async () => {
    const [kubelets, cluster] = [await authority.ofKubelets(), authority.certificate];
    const serving = await signed("kubernetes.io/kubelet-serving", "server auth");
    expect([isSignedBy(serving, kubelets), isSignedBy(serving, cluster)]).toEqual([true, false]);
    const client = await signed("kubernetes.io/kube-apiserver-client-kubelet", "client auth");
    expect([isSignedBy(client, kubelets), isSignedBy(client, cluster)]).toEqual([false, true]);
    const nodes = new X509Certificate((await authority.controlPlaneNodes(["10.0.0.1"], now)).cert);
    expect([isSignedBy(nodes, kubelets), isSignedBy(nodes, cluster)]).toEqual([true, false]);
    const plane = new X509Certificate((await authority.controlPlane(["10.0.0.1"], now)).cert);
    expect([isSignedBy(plane, kubelets), isSignedBy(plane, cluster)]).toEqual([false, true]);
  });

  it("is the same for all programs that have the cluster's, another for another, and lasts as long", async () => {
    const [one, other] = [await kubeletAuthority(files), await kubeletAuthority(files)];
    expect(one.caKey).toBe(other.caKey);
    expect(isSameAuthority(one.ca, other.ca)).toBe(true);
    expect(one.caKey).not.toBe(files.caKey);
    expect((await kubeletAuthority(await newAuthority(now))).caKey).not.toBe(one.caKey);
    const renewed = await renewedAuthority(files, now + 86_400_000);
    const next = await kubeletAuthority(renewed);
    expect(next.caKey).toBe(one.caKey);
    expect(isSameAuthority(one.ca, next.ca)).toBe(false);
    expect(new X509Certificate(next.ca).validTo).toBe(new X509Certificate(renewed.ca).validTo);
    expect(isSameAuthority(one.ca, "no certificate")).toBe(false);
  });
});
