/** A node of a cluster of another process. Its first argument is the URL of k4s, its second what it joins with, as JSON. */
const { joinCluster } = await import(process.argv[2]);
const node = await joinCluster(JSON.parse(process.argv[3]));
process.send("ready");
process.once("disconnect", () => node.stop());
