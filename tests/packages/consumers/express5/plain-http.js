// Knows nothing of us: it is started with `node --import @production-ready/core/bootstrap`.
import { createServer } from "node:http";

const server = createServer((_request, response) => response.end("plain"));
server.listen(0, () => console.log(`port ${server.address().port}`));
