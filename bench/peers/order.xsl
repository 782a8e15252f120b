<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:f="http://www.w3.org/2005/xpath-functions" exclude-result-prefixes="f">
  <xsl:output method="xml" encoding="UTF-8" indent="no"/>
  <xsl:param name="order"/>
  <xsl:param name="items"/>
  <xsl:template name="xsl:initial-template">
    <xsl:variable name="o" select="json-to-xml($order)/f:map"/>
    <order currency="{upper-case($o/f:string[@key='currency'])}">
      <number><xsl:value-of select="$o/f:*[@key='number']"/></number>
      <placed><xsl:value-of select="substring($o/f:string[@key='date_placed'], 1, 10)"/></placed>
      <status><xsl:value-of select="$o/f:*[@key='status']"/></status>
      <amount><xsl:value-of select="$o/f:string[@key='amount']"/></amount>
      <buyer>
        <xsl:variable name="c" select="$o/f:map[@key='customer']"/>
        <first><xsl:value-of select="$c/f:string[@key='first_name']"/></first>
        <last><xsl:value-of select="$c/f:string[@key='last_name']"/></last>
        <email><xsl:value-of select="$c/f:string[@key='email']"/></email>
      </buyer>
      <billing><xsl:apply-templates select="$o/f:map[@key='billing_address']"/></billing>
      <shipping><xsl:apply-templates select="$o/f:map[@key='shipping_address']"/></shipping>
      <xsl:for-each select="json-to-xml($items)/f:map/f:array[@key='results']/f:map">
        <line no="{position()}">
          <sku><xsl:value-of select="f:map[@key='product']/f:string[@key='sku']"/></sku>
          <name><xsl:value-of select="f:map[@key='product']/f:string[@key='name']"/></name>
          <unit>C62</unit>
          <currency><xsl:value-of select="upper-case(f:string[@key='price_currency'])"/></currency>
          <quantity>1</quantity>
          <price><xsl:value-of select="f:string[@key='price']"/></price>
          <rate><xsl:value-of select="f:string[@key='tax_rate']"/></rate>
        </line>
      </xsl:for-each>
    </order>
  </xsl:template>
  <xsl:template match="f:map">
    <first><xsl:value-of select="f:string[@key='first_name']"/></first>
    <last><xsl:value-of select="f:string[@key='last_name']"/></last>
    <line><xsl:value-of select="f:string[@key='line']"/></line>
    <township><xsl:value-of select="f:map[@key='township']/f:string[@key='name']"/></township>
    <city><xsl:value-of select="f:map[@key='city']/f:string[@key='name']"/></city>
    <phone><xsl:value-of select="f:string[@key='phone_number']"/></phone>
  </xsl:template>
</xsl:stylesheet>
