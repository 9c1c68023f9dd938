// An independent OPC UA server: serves a list of variables on three ports, to anybody, to who logs
// in, and to who encrypts. Use: node serve_opcua.mjs LIST.json PKI_FOLDER PORT PORT PORT
// A line of JSON on standard input is a command; each is answered with a line, as is the start.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import {
  DataType,
  MessageSecurityMode,
  SecurityPolicy,
  StatusCodes,
  VariantArrayType,
} from "node-opcua-client";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { OPCUAServer } from "node-opcua-server";

const RealDate = Date;
const [listFile, pki, ...ports] = process.argv.slice(2);
const list = JSON.parse(readFileSync(listFile, "utf8"));
const certificates = new OPCUACertificateManager({
  rootFolder: pki,
  automaticallyAcceptUnknownCertificate: true,
});
await certificates.initialize();

const PLAIN = {
  securityModes: [MessageSecurityMode.None],
  securityPolicies: [SecurityPolicy.None],
};
const ENCRYPTED = {
  securityModes: [MessageSecurityMode.SignAndEncrypt],
  securityPolicies: [SecurityPolicy.Basic256Sha256],
};
const KINDS = [
  PLAIN,
  {
    // passwords are encrypted also where the rest is not
    securityModes: [...PLAIN.securityModes, ...ENCRYPTED.securityModes],
    securityPolicies: [...PLAIN.securityPolicies, ...ENCRYPTED.securityPolicies],
    allowAnonymous: false,
    userManager: { isValidUser: (user, password) => `${user}:${password}` === list.login },
  },
  ENCRYPTED,
];
const servers = [];
for (const kind of KINDS.keys()) servers.push(await served(kind, []));

const commands = {
  // the server starts again, with namespaces before those that it had
  renumber: async ({ before }) => {
    await servers[0].shutdown(0);
    servers[0] = await served(0, before);
  },
  // from now on the clock of the machine is so far ahead
  clock: ({ ahead_s }) => shiftClock(1000 * ahead_s),
  // a variable changes, and says so with the time of now
  change: ({ id, value }) => {
    const space = servers[0].engine.addressSpace;
    const namespace = space.getNamespaceIndex(list.namespaces[0]);
    const node = space.findNode(`ns=${namespace};${id}`);
    node.setValueFromSource({ dataType: DataType.Double, value });
  },
};
say("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  await commands[command.op](command);
  say(command.op);
}
process.exit(0);

async function served(kind, before) {
  const server = new OPCUAServer({
    port: Number(ports[kind]),
    hostname: "127.0.0.1",
    resourcePath: "/peer",
    serverCertificateManager: certificates,
    ...KINDS[kind],
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  for (const uri of before) space.registerNamespace(uri);
  const namespaces = list.namespaces.map((uri) => space.registerNamespace(uri));
  for (const one of list.nodes) if (one.type) add(space, namespaces[one.namespace ?? 0], one);
  await server.start();
  return server;
}

function add(space, namespace, one) {
  const variable = namespace.addVariable({
    organizedBy: space.rootFolder.objects,
    browseName: one.id,
    nodeId: `ns=${namespace.index};${one.id}`,
    dataType: DataType[one.type],
    valueRank: Array.isArray(one.value) && !one.type.endsWith("64") ? 1 : -1,
    ...(one.access && { accessLevel: one.access, userAccessLevel: one.access }),
  });
  const isArray = variable.valueRank === 1;
  variable.setValueFromSource(
    {
      dataType: one.value === null ? DataType.Null : DataType[one.type],
      arrayType: isArray ? VariantArrayType.Array : VariantArrayType.Scalar,
      value: one.value === "NaN" ? Number.NaN : isArray ? new Float64Array(one.value) : one.value,
    },
    StatusCodes[one.status ?? "Good"],
    new Date(Date.now() - 1000 * (one.source_age_s ?? 0)),
  );
}

function shiftClock(byMs) {
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length ? given : [RealDate.now() + byMs]));
    }
    static now() {
      return RealDate.now() + byMs;
    }
  };
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
