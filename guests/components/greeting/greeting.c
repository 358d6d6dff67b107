// Answers every request with 200 and a short body, and never grows its memory: for the benchmarks of `tambo serve`.
#include <string.h>

#include "greeting.h"

static const char TEXT[] = "hello, world\n";

static wasi_http_types_own_fields_t headers(void) {
    wasi_http_types_own_fields_t fields = wasi_http_types_constructor_fields();
    wasi_http_types_field_name_t name;
    greeting_string_set(&name, "content-length");
    wasi_http_types_field_value_t value = {(uint8_t *)"13", 2};
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

    // If the client goes away there is nobody to tell.
    greeting_list_u8_t text = {(uint8_t *)TEXT, strlen(TEXT)};
    wasi_io_streams_stream_error_t failure;
    wasi_io_streams_method_output_stream_blocking_write_and_flush(wasi_io_streams_borrow_output_stream(stream), &text,
                                                                  &failure);
    wasi_io_streams_output_stream_drop_own(stream);
    wasi_http_types_error_code_t error;
    wasi_http_types_static_outgoing_body_finish(body, NULL, &error);
    wasi_http_types_incoming_request_drop_own(request);
}
