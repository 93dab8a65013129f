#include "service/reporting/xml_tree.hpp"

#include <libxml/parser.h>
#include <libxml/xmlreader.h>
#include <libxml/xmlschemastypes.h>

#include <limits>
#include <memory>

#include "core/base/codec.hpp"

namespace lightkeeper::reporting {

namespace {

constexpr std::string_view kWhere = "xml";

std::unexpected<Error> refuse(const char* why) { return fail(ErrorCode::xml_refused, kWhere, why); }

std::string text_of(const xmlChar* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

void keep_quiet(void* /*context*/, xmlErrorPtr /*error*/) {}

xmlParserInputPtr load_nothing(const char* /*url*/, const char* /*id*/,
                               xmlParserCtxtPtr /*context*/) {
  return nullptr;
}

Status read_attributes(xmlTextReaderPtr reader, XmlElement& element) {
  while (xmlTextReaderMoveToNextAttribute(reader) == 1) {
    if (element.attributes.size() == kMaxXmlAttributes) {
      return refuse("an element has too many attributes");
    }
    element.attributes.emplace_back(text_of(xmlTextReaderConstName(reader)),
                                    text_of(xmlTextReaderConstValue(reader)));
  }
  xmlTextReaderMoveToElement(reader);
  return {};
}

}  // namespace

void prepare_libxml() {
  static const bool ready = [] {
    xmlInitParser();
    xmlSchemaInitTypes();  // libxml2 would do it late, and not safely from two threads
    xmlSetExternalEntityLoader(load_nothing);
    return true;
  }();
  static_cast<void>(ready);
}

Status check_plain_xml(BytesView xml, std::size_t limit) {
  if (xml.size() > limit ||
      xml.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return fail(ErrorCode::xml_refused, kWhere, "larger than " + std::to_string(limit) + " bytes");
  }
  if (!is_utf8(xml)) {
    return refuse("this is not UTF-8");
  }
  const std::string_view text = as_text(xml);
  if (text.find('\0') != std::string_view::npos) {
    return refuse("a NUL character is in it");
  }
  // "<!" begins comments and CDATA sections, and otherwise what is never taken: a document type,
  // an entity, a notation.
  for (auto at = text.find("<!"); at != std::string_view::npos; at = text.find("<!", at + 2)) {
    if (!text.substr(at).starts_with("<!--") && !text.substr(at).starts_with("<![CDATA[")) {
      return refuse("document types and entities are not taken");
    }
  }
  // An encoding declaration could make the parser read the bytes as something else.
  const std::string_view head = text.substr(0, text.find("?>"));
  if (const auto at = head.find("encoding"); at != std::string_view::npos) {
    const std::string_view rest = head.substr(at);
    const auto quote = rest.find_first_of("\"'");
    const std::string_view name = quote == std::string_view::npos ? "" : rest.substr(quote + 1, 5);
    if (name != "UTF-8" && name != "utf-8") {
      return refuse("another encoding than UTF-8 is declared");
    }
  }
  return {};
}

Result<XmlElement> read_xml(BytesView xml, std::size_t limit) {
  prepare_libxml();
  LK_CHECK_OK(check_plain_xml(xml, limit));
  const std::unique_ptr<xmlTextReader, decltype(&xmlFreeTextReader)> reader(
      xmlReaderForMemory(reinterpret_cast<const char*>(xml.data()), static_cast<int>(xml.size()),
                         nullptr, "UTF-8",
                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                             XML_PARSE_NOCDATA | XML_PARSE_HUGE),
      &xmlFreeTextReader);
  if (!reader) {
    return refuse("it cannot be read");
  }
  xmlTextReaderSetStructuredErrorHandler(reader.get(), keep_quiet, nullptr);

  XmlElement top;  // holds the root as its only child
  std::vector<XmlElement*> open{&top};
  std::size_t elements = 0;
  int state = 0;
  while ((state = xmlTextReaderRead(reader.get())) == 1) {
    switch (xmlTextReaderNodeType(reader.get())) {
      case XML_READER_TYPE_ELEMENT: {
        if (++elements > kMaxXmlElements) {
          return refuse("too many elements");
        }
        if (open.size() > kMaxXmlDepth) {
          return refuse("nested too deeply");
        }
        auto& element = open.back()->children.emplace_back();
        element.name = text_of(xmlTextReaderConstName(reader.get()));
        const bool empty = xmlTextReaderIsEmptyElement(reader.get()) == 1;
        LK_CHECK_OK(read_attributes(reader.get(), element));
        if (!empty) {
          open.push_back(&element);  // stays put: siblings come only after it is closed
        }
        break;
      }
      case XML_READER_TYPE_END_ELEMENT:
        open.pop_back();
        break;
      case XML_READER_TYPE_TEXT:
      case XML_READER_TYPE_CDATA:
      case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
      case XML_READER_TYPE_WHITESPACE:
        open.back()->text += text_of(xmlTextReaderConstValue(reader.get()));
        break;
      case XML_READER_TYPE_COMMENT:
      case XML_READER_TYPE_PROCESSING_INSTRUCTION:
      case XML_READER_TYPE_XML_DECLARATION:
        break;
      default:
        return refuse("document types and entities are not taken");
    }
  }
  if (state != 0 || top.children.size() != 1) {
    return refuse("this is not well-formed XML");
  }
  return std::move(top.children.front());
}

}  // namespace lightkeeper::reporting
