import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface KeyedProxy {
  /** What the suite is pointed at: as a browser or client on this machine would name it. */
  url: string;
  close(): void;
}

/**
 * Passes every request on as it came (Host and Origin too) with an API key added, because the suite knows no keys. Only
 * tests have it: the service itself answers 401 to what the suite sends.
 */
export async function startKeyedProxy(service: string, key: string): Promise<KeyedProxy> {
  const { hostname, port } = new URL(service);
  const server = createServer((incoming, outgoing) => {
    const { method, url: path } = incoming;
    const headers = { ...incoming.headers, authorization: `Bearer ${key}` };
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
