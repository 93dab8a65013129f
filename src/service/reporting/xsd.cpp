#include "service/reporting/xsd.hpp"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <memory>

#include "service/reporting/xml_tree.hpp"

namespace lightkeeper::reporting {

namespace {

constexpr std::size_t kMaxFaults = 100;
constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE;

template <auto release>
struct Release {
  template <class T>
  void operator()(T* thing) const {
    release(thing);
  }
};

void note_broken(void* context, xmlErrorPtr /*error*/) { *static_cast<bool*>(context) = true; }

// libxml2's own words repeat values of the document, so only the place and the kind are taken.
std::string_view words(int code) {
  switch (code) {
    case XML_SCHEMAV_ELEMENT_CONTENT:
      return "not expected here, or something has to come before it";
    case XML_SCHEMAV_CVC_ENUMERATION_VALID:
      return "one of the values of the schema";
    case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1:
    case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_2:
    case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_3:
      return "not a value of its type";
    case XML_SCHEMAV_CVC_PATTERN_VALID:
      return "not in the form that the schema asks for";
    case XML_SCHEMAV_CVC_MAXLENGTH_VALID:
    case XML_SCHEMAV_CVC_MINLENGTH_VALID:
    case XML_SCHEMAV_CVC_LENGTH_VALID:
      return "too long or too short";
    case XML_SCHEMAV_CVC_ELT_5_2_2_2_2:
    case XML_SCHEMAV_CVC_AU:
      return "not the fixed value";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_4:
      return "an attribute has to be there";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2:
      return "an attribute that the schema does not know";
    case XML_SCHEMAV_CVC_ELT_1:
      return "the schema does not know this document";
    default:
      return "breaks the schema";
  }
}

void note_fault(void* context, xmlErrorPtr error) {
  auto& faults = *static_cast<std::vector<Fault>*>(context);
  if (faults.size() == kMaxFaults) {
    return;
  }
  std::string path = "/";
  if (error->node != nullptr) {
    if (xmlChar* text = xmlGetNodePath(static_cast<xmlNodePtr>(error->node))) {
      path = reinterpret_cast<const char*>(text);
      xmlFree(text);
    }
  }
  faults.push_back(
      {std::move(path), "xsd." + std::to_string(error->code), std::string(words(error->code))});
}

std::unexpected<Error> unusable(const char* why) {
  return fail(ErrorCode::schema_unusable, "xsd", why);
}

using Schema = std::unique_ptr<xmlSchema, Release<xmlSchemaFree>>;

Result<Schema> read_schema(BytesView xsd) {
  if (!read_xml(xsd, kMaxXsd)) {
    return unusable("it is not plain, well-formed XML within the limits");
  }
  const std::unique_ptr<xmlSchemaParserCtxt, Release<xmlSchemaFreeParserCtxt>> parser(
      xmlSchemaNewMemParserCtxt(reinterpret_cast<const char*>(xsd.data()),
                                static_cast<int>(xsd.size())));
  if (!parser) {
    return unusable("there is not enough memory");
  }
  bool broken = false;  // a warning, too: a schema that was not found is one
  xmlSchemaSetParserStructuredErrors(parser.get(), note_broken, &broken);
  Schema schema(xmlSchemaParse(parser.get()));
  if (!schema || broken) {
    return unusable("it is not a complete schema; other files are never loaded");
  }
  return schema;
}

}  // namespace

Status check_xsd(BytesView xsd) {
  prepare_libxml();
  LK_CHECK_OK(read_schema(xsd));
  return {};
}

Result<std::vector<Fault>> validate_by_xsd(BytesView xml, BytesView xsd) {
  prepare_libxml();
  LK_CHECK_OK(read_xml(xml, kMaxReportXml));  // the same limits as our own check
  LK_TRY(schema, read_schema(xsd));
  const std::unique_ptr<xmlDoc, Release<xmlFreeDoc>> document(
      xmlReadMemory(reinterpret_cast<const char*>(xml.data()), static_cast<int>(xml.size()),
                    nullptr, "UTF-8", kOptions));
  const std::unique_ptr<xmlSchemaValidCtxt, Release<xmlSchemaFreeValidCtxt>> validator(
      xmlSchemaNewValidCtxt(schema.get()));
  if (!document || !validator) {
    return unusable("there is not enough memory");
  }
  std::vector<Fault> faults;
  xmlSchemaSetValidStructuredErrors(validator.get(), note_fault, &faults);
  const int result = xmlSchemaValidateDoc(validator.get(), document.get());
  if (result != 0 && faults.empty()) {
    faults.push_back({"/", "xsd", "breaks the schema"});
  }
  return faults;
}

}  // namespace lightkeeper::reporting
