/* Whatever json_read() takes is written and read again as the same document. */
#include "schema/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text printed = {0}, once = {0}, twice = {0};
    struct err e = {0};
    cJSON *root = json_read((const char *)data, size, "fuzz", JSON_COMMENTS, &e), *again;

    if (!root)
        return e.kind != ERR_USAGE || !e.text[0] ? abort(), 0 : 0;
    json_print(root, true, &printed);
    json_canonical(root, &once);
    again = json_read(printed.data, printed.length, "again", JSON_STRICT, &e);
    json_canonical(again, &twice);
    if (!again || strcmp(once.data, twice.data) != 0)
        abort();
    cJSON_Delete(root);
    cJSON_Delete(again);
    text_free(&printed);
    text_free(&once);
    text_free(&twice);
    return 0;
}
