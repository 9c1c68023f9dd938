// An independent OPC UA client: browses an object and prints its variables as one JSON object.
// Use: node read_opcua.mjs ENDPOINT NAMESPACE_URI OBJECT
import {
  AttributeIds,
  BrowseDirection,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
} from "node-opcua-client";

const [endpoint, namespaceUri, object] = process.argv.slice(2);
const client = OPCUAClient.create({
  endpointMustExist: false,
  securityMode: MessageSecurityMode.None,
  securityPolicy: SecurityPolicy.None,
  connectionStrategy: { maxRetry: 1 },
});

await client.connect(endpoint);
const session = await client.createSession();
const uris = await session.readNamespaceArray();
const namespace = uris.indexOf(namespaceUri);

const folders = await children("ObjectsFolder");
const folder = await find(folders, object);
const variables = await children(folder.nodeId);
const values = await session.read(
  variables.map((one) => ({ nodeId: one.nodeId, attributeId: AttributeIds.Value })),
);
const found = {};
variables.forEach((one, index) => {
  found[one.browseName.name] = {
    namespace: one.nodeId.namespace === namespace,
    value: values[index].value.value,
    status: values[index].statusCode.name,
    source_timestamp: values[index].sourceTimestamp,
  };
});
console.log(JSON.stringify(found));
await session.close();
await client.disconnect();
process.exit(0);

async function children(nodeId) {
  const result = await session.browse({
    nodeId,
    browseDirection: BrowseDirection.Forward,
    referenceTypeId: "HierarchicalReferences",
    includeSubtypes: true,
    resultMask: 63,
  });
  return result.references ?? [];
}

// The object may stand directly under Objects or one folder deeper.
async function find(references, name) {
  for (const one of references) if (one.browseName.name === name) return one;
  for (const one of references) {
    const deeper = (await children(one.nodeId)).find((other) => other.browseName.name === name);
    if (deeper) return deeper;
  }
  throw new Error(`no object ${name}`);
}
