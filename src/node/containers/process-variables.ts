/**
 * Variables that Node reads once, when its process starts. A container that is a thread of the program cannot have values of
 * its own for them: they are in its `process.env`, and change nothing there. Its pod is told so by an event.
 *
 * Source: https://nodejs.org/api/cli.html#environment-variables. What sets the language (`LANG`, `LC_ALL`) is left out: it stands
 * in most manifests, and seldom matters.
 */
type Environment = Readonly<Record<string, string | undefined>>;

const readOnce = [
  "NODE_DEBUG",
  "NODE_EXTRA_CA_CERTS",
  "NODE_ICU_DATA",
  "NODE_NO_WARNINGS",
  "NODE_OPTIONS",
  "NODE_PENDING_DEPRECATION",
  "NODE_REDIRECT_WARNINGS",
  "NODE_USE_ENV_PROXY",
  "NODE_USE_SYSTEM_CA",
  "NODE_V8_COVERAGE",
  "OPENSSL_CONF",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
  "TZ",
  "UV_THREADPOOL_SIZE",
];

/**
 * Those of a thread's variables that would have an effect in a process of its own, and have none, sorted by name.
 *
 * @param program the environment of the program: what says the same there has its effect
 */
export function withoutEffect(env: Environment, program: Environment): string[] {
  return readOnce.filter(name => {
    const value = env[name] ?? "";
    if (value === "" || value === program[name]) return false;
    return name !== "TZ" || zoneOf(value) !== zoneOf(undefined);
  });
}

/** The time zone by its one name: `Etc/UTC` is `UTC`. What is no zone stays as it is. */
function zoneOf(timeZone: string | undefined): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    return timeZone ?? "";
  }
}
