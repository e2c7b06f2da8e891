/** A cluster that serves its API, with default options, in a process of its own. Its first argument is the URL of k4s. */
const { Cluster } = await import(process.argv[2]);
const cluster = new Cluster();
await cluster.start();
const { url, ca, token } = await cluster.serve();
process.send({ url, ca, token });
process.once("disconnect", () => cluster.stop());
