/**
 * The certificate that a server shows, and its renewal while the server runs: one of its own is made anew before its end, and one that is
 * given in files is read again when they change. Connections that are there stay; those that come are shown the new one.
 */
import {
  isCalled,
  nameIn,
  type OwnCertificate,
  readOwnCertificate,
  type ServerCertificate,
  serverCertificate,
} from "../access/index.ts";
import { messageOf } from "../errors/index.ts";
import type { Clock, Timer } from "../outside/index.ts";
import type { Certificate } from "./listener.ts";

/** How often it is looked at, in milliseconds: one of its own is renewed a month before its end, files may change at any time. */
const lookMs = 24 * 60 * 60 * 1_000;
const lookAtFilesMs = 60 * 1_000;

export interface ServingCertificateOptions {
  /** Names and addresses by which clients reach the server. */
  readonly hosts: readonly string[];
  /** Where certificates of our own are kept. */
  readonly folder: string | undefined;
  readonly tlsCert?: string | URL | undefined;
  readonly tlsKey?: string | URL | undefined;
  readonly tlsCa?: string | URL | undefined;
  readonly clock: Pick<Clock, "now" | "after">;
  readonly onFault: (fault: unknown) => void;
}

export class ServingCertificate {
  readonly #options: ServingCertificateOptions;
  #own: ServerCertificate;
  /** Of files; undefined where there are none. */
  #given: OwnCertificate | undefined;
  #timer: Timer | undefined;
  #isClosed = false;
  /** What was told last: it is not told each minute. */
  #told: string | undefined;

  private constructor(
    options: ServingCertificateOptions,
    own: ServerCertificate,
    given: OwnCertificate | undefined,
  ) {
    this.#options = options;
    this.#own = own;
    this.#given = given;
  }

  /** Rejects with BadRequest where a file is not what it should be. */
  static async open(options: ServingCertificateOptions): Promise<ServingCertificate> {
    // Files first: where they are wrong, nothing was made.
    const given = readFiles(options);
    const { hosts, folder, clock } = options;
    return new ServingCertificate(
      options,
      await serverCertificate({ hosts, folder, now: clock.now() }),
      given,
    );
  }

  /** The cluster's authority. */
  get authority(): Pick<ServerCertificate, "ca" | "caKey"> {
    return this.#own;
  }

  /** By whom clients are to trust the server, PEM. */
  get trusted(): string {
    return this.#given?.ca ?? this.#own.ca;
  }

  /** The same where it is not the cluster's authority. */
  get trustedOtherwise(): string | undefined {
    return this.#given?.ca;
  }

  /** What clients must expect to be shown where they call the server otherwise; undefined where its certificate has the host. */
  nameFor(host: string): string | undefined {
    return this.#given && !isCalled(this.#given, host) ? nameIn(this.#given) : undefined;
  }

  /** What the server shows, and by whose signature it knows clients. */
  get shown(): Certificate {
    const { cert, key } = this.#given ?? this.#own;
    return { cert, key, ca: this.#own.ca };
  }

  /** @param renewed is given what is to be shown from then on */
  follow(renewed: (shown: Certificate) => void): void {
    if (this.#isClosed) return;
    const ms = this.#given ? lookAtFilesMs : lookMs;
    this.#timer = this.#options.clock.after(ms, () => {
      void this.#look(renewed).finally(() => this.follow(renewed));
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #look(renewed: (shown: Certificate) => void): Promise<void> {
    try {
      const { hosts, folder, clock } = this.#options;
      const given = readFiles(this.#options);
      const own = await serverCertificate({ hosts, folder, now: clock.now(), current: this.#own });
      const isSame =
        own === this.#own && given?.cert === this.#given?.cert && given?.key === this.#given?.key;
      [this.#own, this.#given] = [own, given];
      if (!isSame && !this.#isClosed) renewed(this.shown);
      this.#told = undefined;
    } catch (error) {
      // What was shown so far is shown further on.
      const problem = `the certificate of the API server is not renewed: ${messageOf(error)}`;
      if (problem !== this.#told) this.#options.onFault(new Error(problem, { cause: error }));
      this.#told = problem;
    }
  }
}

function readFiles({ tlsCert, tlsKey, tlsCa }: ServingCertificateOptions): OwnCertificate | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return readOwnCertificate({ cert: tlsCert, key: tlsKey, ca: tlsCa });
}
