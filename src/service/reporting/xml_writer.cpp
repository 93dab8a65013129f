#include "service/reporting/xml_writer.hpp"

#include <libxml/xmlwriter.h>

#include "service/reporting/utc.hpp"
#include "service/reporting/xml_tree.hpp"

namespace lightkeeper::reporting {

namespace {

const xmlChar* as_xml(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

// One character at `at`: its size in bytes, and whether XML 1.0 may hold it (section 2.2).
struct Character {
  std::size_t size = 1;
  bool lawful = false;
};
Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t k) {
    return at + k < text.size() ? static_cast<unsigned char>(text[at + k]) : 0U;
  };
  const auto follows = [&](std::size_t k) { return (byte(k) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) {
    return {1, lead >= 0x20 || lead == 0x09 || lead == 0x0A || lead == 0x0D};
  }
  std::size_t size = 0;
  std::uint32_t point = 0;
  std::uint32_t smallest = 0;
  if ((lead & 0xE0U) == 0xC0U) {
    size = 2, point = lead & 0x1FU, smallest = 0x80;
  } else if ((lead & 0xF0U) == 0xE0U) {
    size = 3, point = lead & 0x0FU, smallest = 0x800;
  } else if ((lead & 0xF8U) == 0xF0U) {
    size = 4, point = lead & 0x07U, smallest = 0x10000;
  } else {
    return {};
  }
  for (std::size_t k = 1; k < size; ++k) {
    if (!follows(k)) {
      return {};
    }
    point = point << 6U | (byte(k) & 0x3FU);
  }
  if (point < smallest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
    return {};
  }
  return {size, point != 0xFFFE && point != 0xFFFF};
}

}  // namespace

CleanText clean_for_xml(std::string_view text) {
  CleanText out;
  out.text.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto [size, lawful] = character_at(text, at);
    if (lawful) {
      out.text += text.substr(at, size);
    } else {
      out.text += "\xEF\xBF\xBD";
      ++out.replaced;
    }
    at += size;
  }
  return out;
}

struct XmlWriter::State {
  xmlBufferPtr buffer = nullptr;
  xmlTextWriterPtr writer = nullptr;
};

XmlWriter::XmlWriter() : state_(std::make_unique<State>()) {
  prepare_libxml();
  state_->buffer = xmlBufferCreate();
  state_->writer = xmlNewTextWriterMemory(state_->buffer, 0);
  xmlTextWriterSetIndent(state_->writer, 1);
  xmlTextWriterSetIndentString(state_->writer, as_xml(" "));
  xmlTextWriterStartDocument(state_->writer, "1.0", "UTF-8", nullptr);
}

XmlWriter::~XmlWriter() {
  xmlFreeTextWriter(state_->writer);
  xmlBufferFree(state_->buffer);
}

std::string XmlWriter::clean(std::string_view value) {
  CleanText cleaned = clean_for_xml(value);
  replaced_ += cleaned.replaced;
  return std::move(cleaned.text);
}

void XmlWriter::open(const char* name) { xmlTextWriterStartElement(state_->writer, as_xml(name)); }
void XmlWriter::close() { xmlTextWriterEndElement(state_->writer); }

void XmlWriter::attribute(const char* name, std::string_view value) {
  xmlTextWriterWriteAttribute(state_->writer, as_xml(name), as_xml(clean(value).c_str()));
}
void XmlWriter::attribute(const char* name, const std::optional<std::string>& value) {
  if (value) {
    attribute(name, std::string_view(*value));
  }
}
void XmlWriter::attribute(const char* name, std::optional<bool> value) {
  if (value) {
    attribute(name, std::string_view(*value ? "true" : "false"));
  }
}
void XmlWriter::attribute(const char* name, std::optional<UnixMillis> value) {
  if (value) {
    attribute(name, std::string_view(xml_time(*value)));
  }
}

void XmlWriter::text(std::string_view value) {
  xmlTextWriterWriteString(state_->writer, as_xml(clean(value).c_str()));
}

void XmlWriter::element(const char* name, std::string_view value) {
  open(name);
  text(value);
  close();
}
void XmlWriter::element(const char* name, bool value) {
  element(name, std::string_view(value ? "true" : "false"));
}
void XmlWriter::element(const char* name, std::uint64_t value) {
  element(name, std::string_view(std::to_string(value)));
}
void XmlWriter::element(const char* name, UnixMillis value) {
  element(name, std::string_view(xml_time(value)));
}
void XmlWriter::element(const char* name, const Date& value) {
  element(name, std::string_view(date_text(value)));
}

Bytes XmlWriter::finish() {
  xmlTextWriterEndDocument(state_->writer);
  xmlTextWriterFlush(state_->writer);
  const auto* content = xmlBufferContent(state_->buffer);
  return Bytes(content, content + xmlBufferLength(state_->buffer));
}

}  // namespace lightkeeper::reporting
