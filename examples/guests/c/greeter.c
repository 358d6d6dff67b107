// Answers HTTP requests: greets whom the path names, and sends back what is posted. greeter.h is generated from WIT.
#include <string.h>

#include "greeter.h"

typedef wasi_io_streams_borrow_output_stream_t output_t;

// A stream takes as much at once as it says. Answers whether the client is still there.
static bool write_all(output_t output, const uint8_t *bytes, size_t length) {
    wasi_io_streams_stream_error_t error;
    while (length > 0) {
        uint64_t room;
        if (!wasi_io_streams_method_output_stream_check_write(output, &room, &error)) return false;
        if (room == 0) {
            wasi_io_poll_own_pollable_t ready = wasi_io_streams_method_output_stream_subscribe(output);
            wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(ready));
            wasi_io_poll_pollable_drop_own(ready);
            continue;
        }
        greeter_list_u8_t part = {(uint8_t *)bytes, length < room ? length : room};
        if (!wasi_io_streams_method_output_stream_write(output, &part, &error)) return false;
        bytes += part.len;
        length -= part.len;
    }
    return true;
}

static void greet(wasi_http_types_borrow_incoming_request_t request, output_t output) {
    greeter_string_t path = {0};
    bool is_named = wasi_http_types_method_incoming_request_path_with_query(request, &path) && path.len > 1;
    write_all(output, (const uint8_t *)"Hello, ", 7);
    write_all(output, is_named ? path.ptr + 1 : (const uint8_t *)"world", is_named ? path.len - 1 : 5);
    write_all(output, (const uint8_t *)"!\n", 2);
    greeter_string_free(&path);
}

static void echo(wasi_http_types_borrow_incoming_request_t request, output_t output) {
    wasi_http_types_own_incoming_body_t body;
    wasi_http_types_own_input_stream_t input;
    if (!wasi_http_types_method_incoming_request_consume(request, &body)) return;
    if (wasi_http_types_method_incoming_body_stream(wasi_http_types_borrow_incoming_body(body), &input)) {
        wasi_io_streams_stream_error_t end;
        greeter_list_u8_t bytes;
        bool is_open = true;
        while (is_open && wasi_io_streams_method_input_stream_blocking_read(
                              wasi_io_streams_borrow_input_stream(input), 65536, &bytes, &end)) {
            is_open = write_all(output, bytes.ptr, bytes.len);
            greeter_list_u8_free(&bytes);
        }
        wasi_io_streams_input_stream_drop_own(input);
    }
    wasi_http_types_incoming_body_drop_own(body);
}

static wasi_http_types_own_fields_t headers(void) {
    wasi_http_types_own_fields_t fields = wasi_http_types_constructor_fields();
    wasi_http_types_field_name_t name;
    greeter_string_set(&name, "x-greeter");
    wasi_http_types_field_value_t value = {(uint8_t *)"c", 1};
    wasi_http_types_header_error_t error;
    wasi_http_types_method_fields_append(wasi_http_types_borrow_fields(fields), &name, &value, &error);
    return fields;
}

void exports_wasi_http_incoming_handler_handle(wasi_http_types_own_incoming_request_t request,
                                               wasi_http_types_own_response_outparam_t answer) {
    wasi_http_types_own_outgoing_response_t response = wasi_http_types_constructor_outgoing_response(headers());
    wasi_http_types_own_outgoing_body_t body;
    wasi_http_types_own_output_stream_t stream;
    // Both are there to be taken once.
    wasi_http_types_method_outgoing_response_body(wasi_http_types_borrow_outgoing_response(response), &body);
    wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(body), &stream);
    wasi_http_types_result_own_outgoing_response_error_code_t result = {.is_err = false, .val.ok = response};
    wasi_http_types_static_response_outparam_set(answer, &result);

    wasi_http_types_borrow_incoming_request_t asked = wasi_http_types_borrow_incoming_request(request);
    output_t output = wasi_io_streams_borrow_output_stream(stream);
    wasi_http_types_method_t method;
    wasi_http_types_method_incoming_request_method(asked, &method);
    if (method.tag == WASI_HTTP_TYPES_METHOD_POST) echo(asked, output);
    else greet(asked, output);
    wasi_http_types_method_free(&method);

    wasi_io_streams_output_stream_drop_own(stream);
    wasi_http_types_error_code_t error;
    wasi_http_types_static_outgoing_body_finish(body, NULL, &error);
    wasi_http_types_incoming_request_drop_own(request);
}
