/* Modbus TCP on one port or several, with libmodbus: answers any unit, every address reads zero.
 * Prints "ready" once it listens. */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>

#define REGISTERS 65536
#define LISTENERS 64

static modbus_t *of_socket[FD_SETSIZE];

int main(int argc, char **argv) {
    int listener[LISTENERS], count = argc - 1, highest = 0;
    fd_set known;
    modbus_mapping_t *mapping = modbus_mapping_new(REGISTERS, REGISTERS, REGISTERS, REGISTERS);
    if (mapping == NULL || count < 1 || count > LISTENERS) return 2;
    FD_ZERO(&known);
    for (int n = 0; n < count; n++) {
        modbus_t *port = modbus_new_tcp("127.0.0.1", atoi(argv[n + 1]));
        listener[n] = port == NULL ? -1 : modbus_tcp_listen(port, 64);
        if (listener[n] < 0) {
            fprintf(stderr, "port %s: %s\n", argv[n + 1], modbus_strerror(errno));
            return 1;
        }
        of_socket[listener[n]] = port;
        FD_SET(listener[n], &known);
        if (listener[n] > highest) highest = listener[n];
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        fd_set readable = known;
        if (select(highest + 1, &readable, NULL, NULL, NULL) < 0) return 1;
        for (int fd = 0; fd <= highest; fd++) {
            if (!FD_ISSET(fd, &readable)) continue;
            int is_listener = 0;
            for (int n = 0; n < count; n++) is_listener |= listener[n] == fd;
            if (is_listener) {
                int listening = fd, accepted = modbus_tcp_accept(of_socket[fd], &listening);
                if (accepted >= FD_SETSIZE) close(accepted);
                if (accepted < 0 || accepted >= FD_SETSIZE) continue;
                of_socket[accepted] = modbus_new_tcp("127.0.0.1", 0);
                modbus_set_socket(of_socket[accepted], accepted);
                FD_SET(accepted, &known);
                if (accepted > highest) highest = accepted;
                continue;
            }
            uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
            int length = modbus_receive(of_socket[fd], query);
            if (length > 0) modbus_reply(of_socket[fd], query, length, mapping);
            if (length >= 0) continue;
            close(fd);
            FD_CLR(fd, &known);
            modbus_set_socket(of_socket[fd], -1);
            modbus_free(of_socket[fd]);
            of_socket[fd] = NULL;
        }
    }
}
