/* Units that say what meters of the trade say, with libmodbus, over TCP or on a serial line.
 *
 * Use: libmodbus_peer tcp          prints the port it listens on
 *      libmodbus_peer rtu DEVICE   prints "ready"; answers as unit 1
 * What a client has to make of it is in encodings.json and in test_libmodbus*.py. */
#include <errno.h>
#include <modbus.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REGISTERS 512
#define BUS_LATE_EVERY 5
#define BUS_LATE_US 400000

/* Orders of the four or eight bytes of a value, as datasheets name them for four. */
enum order { ABCD, CDAB, BADC, DCBA };

enum unit {
    ZERO_ONLY = 0,
    ENCODINGS = 1,
    NEIGHBOUR = 2,
    STAMPS_ONE = 3,
    NO_EXPORT = 4,
    BUSY_EACH_SECOND = 5,
    FOUR_QUADRANTS = 8,
    REFUSES = 200, /* and up: with exception unit - REFUSES */
};

static modbus_mapping_t *units[256];

static void put(uint16_t *at, int width, uint64_t bits, enum order order) {
    for (int word = 0; word < width; word++) {
        int from = order == CDAB || order == DCBA ? word : width - 1 - word;
        uint16_t value = (uint16_t)(bits >> (16 * from));
        if (order == BADC || order == DCBA) value = (uint16_t)(value << 8 | value >> 8);
        at[word] = value;
    }
}

static void put_f32(uint16_t *at, float number, enum order order) {
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    put(at, 2, bits, order);
}

static void put_f64(uint16_t *at, double number, enum order order) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    put(at, 4, bits, order);
}

static modbus_mapping_t *new_unit(int unit, int registers) {
    units[unit] = modbus_mapping_new(0, 0, registers, registers);
    if (units[unit] == NULL) exit(2);
    return units[unit];
}

static void fill_encodings(void) {
    modbus_mapping_t *unit = new_unit(ENCODINGS, REGISTERS);
    uint16_t *h = unit->tab_registers, *i = unit->tab_input_registers;
    h[0] = 50012;                               /* mHz */
    h[1] = (uint16_t)-1234;                     /* hundredths of a degree */
    put(h + 2, 2, 3000000123u, ABCD);           /* Wh, above what a signed count holds */
    put(h + 4, 2, 3000000123u, CDAB);
    put(h + 6, 2, (uint32_t)-1500250, ABCD);    /* W, fed in */
    put(h + 8, 2, (uint32_t)-1500250, CDAB);
    put(h + 10, 4, 123456789012ull, ABCD);      /* Wh, above what 32 bits hold */
    put(h + 14, 4, 123456789012ull, CDAB);
    put(h + 18, 4, (uint64_t)-2500125000ll, ABCD); /* mW */
    put(h + 22, 4, (uint64_t)-2500125000ll, CDAB);
    put_f32(h + 26, 230.5f, ABCD);
    put_f32(h + 28, 230.5f, CDAB);
    put_f32(h + 30, 230.5f, BADC);
    put_f32(h + 32, 230.5f, DCBA);
    put_f64(h + 34, 4485.62, ABCD);
    put_f64(h + 38, 4485.62, CDAB);
    put(h + 42, 2, 0x7FC00000, ABCD);           /* not a number */
    put(h + 44, 2, 0x7F800000, ABCD);           /* infinity */
    put(h + 46, 2, 0xFFA00001, CDAB);           /* a signalling NaN */
    h[48] = 0x8000;                             /* i16: no value */
    h[49] = 0xFFFF;                             /* u16: no value */
    put(h + 50, 2, 0xFFFFFFFF, ABCD);           /* u32: no value */
    h[52] = 1050;                               /* tenths of a degree above -40 */
    put_f32(h + 53, 900.0f, ABCD);              /* degC that no machine room has */
    put_f32(h + 55, 293.25f, ABCD);             /* K */
    put_f32(h + 57, 0.0f, ABCD);                /* nothing is missing: zero */
    h[59] = 0x3412;                             /* 0x1234 with its bytes swapped */
    /* other numbers at the same addresses: the two spaces are not one */
    i[0] = 49988;
    i[1] = 2345;
    put(i + 2, 2, 7u, ABCD);
    put_f32(i + 26, 231.25f, ABCD);
    put_f32(i + 28, 231.25f, CDAB);
}

static void fill_bus(void) {
    uint16_t *h = units[ENCODINGS]->tab_registers;
    /* two blocks of one size: a late reply of one would fit the question for the other */
    put_f32(h + 100, 10.0f, ABCD);
    put(h + 102, 2, 1000000, ABCD);
    h[104] = 4242;
    put_f32(h + 200, 20.0f, ABCD);
    put(h + 202, 2, 1000100, ABCD);
    h[204] = 5353;
}

/* The map of an Eastron SDM630 as far as it is read. */
static void fill_eastron(int unit) {
    uint16_t *i = new_unit(unit, 128)->tab_input_registers;
    put_f32(i + 0x00, 230.1f, ABCD);
    put_f32(i + 0x34, 6452.0f, ABCD);
    put_f32(i + 0x3E, 0.9f, ABCD);
    put_f32(i + 0x46, 50.0f, ABCD);
    put_f32(i + 0x48, 4485.62f, ABCD);
}

static void fill(void) {
    fill_encodings();
    fill_bus();
    new_unit(NEIGHBOUR, 64)->tab_registers[0] = 49876;
    fill_eastron(ZERO_ONLY);
    fill_eastron(STAMPS_ONE);
    fill_eastron(BUSY_EACH_SECOND);
    /* Gavazzi EM24, of the variant without a count of export at 0x5C */
    uint16_t *i = new_unit(NO_EXPORT, 128)->tab_input_registers;
    put(i + 0x00, 2, 2305, CDAB);
    put(i + 0x28, 2, (uint32_t)-32005, CDAB);
    put(i + 0x42, 2, 700005, CDAB);
    /* Schneider iEM3155: a power factor of 1.05 means 0.95 capacitive */
    uint16_t *h = new_unit(FOUR_QUADRANTS, 4096)->tab_registers;
    put_f32(h + 0x0BF3, 87.5f, ABCD);
    put_f32(h + 0x0C0B, 1.05f, ABCD);
    put(h + 0x0C83, 4, 1234567891ull, ABCD);
}

static void answer(modbus_t *line, uint8_t *query, int length, int count, int is_bus) {
    int header = modbus_get_header_length(line);
    uint8_t *unit = query + header - 1;
    int first = query[header + 1] << 8 | query[header + 2];
    int end = first + (query[header + 3] << 8 | query[header + 4]);
    modbus_mapping_t *mapping = units[*unit];
    int code = 0;
    if (*unit > REFUSES && *unit < REFUSES + MODBUS_EXCEPTION_MAX) code = *unit - REFUSES;
    else if (mapping == NULL) code = MODBUS_EXCEPTION_GATEWAY_TARGET;
    else if (*unit == BUSY_EACH_SECOND && count % 2) code = MODBUS_EXCEPTION_SLAVE_OR_SERVER_BUSY;
    else if (*unit == NO_EXPORT && first < 0x5E && end > 0x5C)
        code = MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS;
    if (is_bus && first >= 100 && count % BUS_LATE_EVERY == BUS_LATE_EVERY - 1) usleep(BUS_LATE_US);
    if (*unit == STAMPS_ONE) *unit = 1;
    if (code) modbus_reply_exception(line, query, code);
    else modbus_reply(line, query, length, mapping);
}

static void serve(modbus_t *line, int is_bus) {
    uint8_t query[MODBUS_MAX_ADU_LENGTH];
    for (int count = 0;;) {
        int length = modbus_receive(line, query);
        if (length < 0) return;
        if (length > 0) answer(line, query, length, count++, is_bus);
    }
}

static int tcp(void) {
    modbus_t *line = modbus_new_tcp("127.0.0.1", 0);
    int listener = modbus_tcp_listen(line, 8);
    struct sockaddr_in bound;
    socklen_t size = sizeof bound;
    if (listener < 0 || getsockname(listener, (struct sockaddr *)&bound, &size)) return 1;
    printf("%d\n", ntohs(bound.sin_port));
    fflush(stdout);
    signal(SIGCHLD, SIG_IGN);
    while (modbus_tcp_accept(line, &listener) >= 0) {
        if (fork() == 0) {
            close(listener);
            serve(line, 0);
            _exit(0);
        }
        close(modbus_get_socket(line));
    }
    return 1;
}

static int rtu(const char *device) {
    modbus_t *line = modbus_new_rtu(device, 115200, 'N', 8, 1);
    if (line == NULL || modbus_set_slave(line, ENCODINGS) || modbus_connect(line)) {
        fprintf(stderr, "%s: %s\n", device, modbus_strerror(errno));
        return 1;
    }
    puts("ready");
    fflush(stdout);
    serve(line, 1);
    return 1;
}

int main(int argc, char **argv) {
    fill();
    if (argc == 2 && strcmp(argv[1], "tcp") == 0) return tcp();
    if (argc == 3 && strcmp(argv[1], "rtu") == 0) return rtu(argv[2]);
    return 2;
}
