/** Says that it is there, then echoes until its parent disconnects. */
process.on("message", message => process.send(message));
process.send({ id: 0 });
